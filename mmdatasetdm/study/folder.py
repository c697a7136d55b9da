"""What a study compares, and the folder that it writes."""

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path

from mmdatasetdm.errors import UserError
from mmdatasetdm.study.tables import MIXED, SETTINGS, gains, in_file_names, markdown, summarize
from mmdatasetdm.study.tasks import LABELLED, STYLES, TASKS, Metric

_CLAIMED = (
    'task',
    'num',
    'iterations',
    'decoder_iterations',
    'decoders',
    'generator',
    'recipe',
    'recipe_options',
    'images',
    'unseen',
)


@dataclass(frozen=True, kw_only=True)
class Study:
    """What is compared.

    The labelled images are fixed nested lists; a seed varies the start of decoder and stock model, and the order of
    their images. Images are sampled once; each further decoder labels the same ones.

    Args:
        out: folder of everything that the study writes.
        repository: folder that holds ``tools`` and ``configs``.
        task: semantic, instance, depth, pose or openvocab.
        models: names of the task's stock models; None: its first.
        labels: numbers of labelled images; None: two that fit the task.
        num: generated images.
        iterations: of every stock model, in every setting.
        decoder_iterations: None keeps those of the decoder's config.
        decoders: decoders of each number of labels and seed, of different starts, whose predictions are averaged.
        generator: a folder or hub id; None keeps the built-in one of the configs.
        recipe: recipe of the generated images, from the repository's folder; None: the task's.
        recipe_options: KEY=VALUE overrides of the recipe.
        ratio: real and synthetic images in setting real+synthetic; each ratio has its own runs and column of the table.
        images: a finished folder of generated images, with kept latents, that the decoders label; None samples anew.
        also_test: further styles of the world that each stock model is tested on.
        unseen: openvocab alone: the classes that no label shows; None keeps those of the configs.
    """

    out: Path
    repository: Path
    task: str = 'semantic'
    models: tuple[str, ...] | None = None
    labels: tuple[int, ...] | None = None
    seeds: tuple[int, ...] = (0, 1, 2)
    settings: tuple[str, ...] = SETTINGS
    num: int = 2000
    iterations: int = 2000
    decoder_iterations: int | None = None
    decoders: int = 1
    generator: str | None = None
    recipe: str | None = None
    recipe_options: tuple[str, ...] = ()
    ratio: tuple[float, float] = (1, 1)
    images: str | None = None
    also_test: tuple[str, ...] = ()
    unseen: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.task not in TASKS:
            raise UserError(f'there is no task {self.task}; known are {", ".join(TASKS)}')
        task = TASKS[self.task]
        for name, default in dict(models=(next(iter(task.models)),), labels=task.labels, recipe=task.recipe).items():
            if getattr(self, name) is None:
                object.__setattr__(self, name, default)  # the fields are frozen for others
        for name, values, known in (
            ('model', self.models, task.models),
            ('setting', self.settings, SETTINGS),
            ('number of labelled images', self.labels, LABELLED),
            ('further style', self.also_test, STYLES),
        ):
            for value in values:
                if value not in known:
                    raise UserError(f'there is no {name} {value}; known are {", ".join(map(str, known))}')
            if twice := next((value for index, value in enumerate(values) if value in values[:index]), None):
                raise UserError(f'the {name} {twice} is named twice')
        for seed in self.seeds:
            if not 0 <= seed < 2**32 or self.seeds.count(seed) > 1:
                raise UserError(f'--seeds {seed}: seeds are different whole numbers of 0 or more, below 2**32')
        if not all(0 <= share < math.inf for share in self.ratio) or not any(self.ratio):
            raise UserError(
                f'--ratio {self.ratio[0]:g} {self.ratio[1]:g}: shares are numbers of 0 or more, and not both 0'
            )
        if self.unseen and self.task != 'openvocab':
            raise UserError(f'--unseen is for the task openvocab; this one is {self.task}')
        for name in ('num', 'iterations', 'decoder_iterations', 'decoders'):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise UserError(f'{name} is {value}; it must be 1 or more')

    @property
    def metrics(self) -> list[Metric]:
        """The task's metrics, then the same of each further style."""
        own = TASKS[self.task].metrics
        return [*own, *(metric.of_style(style) for style in self.also_test for metric in own)]

    # -- what is written
    def decoder(self, labels: int, seed: int, member: int = 0) -> Path:
        """Work folder of a decoder; ``member`` counts those whose predictions are averaged."""
        return self.out / 'decoders' / (f'{labels}_seed{seed}' + (f'_{member}' if member else ''))

    def synthetic(self, labels: int, seed: int) -> Path:
        """Generated folder, labelled by that decoder."""
        return self.out / 'synthetic' / f'{labels}_seed{seed}'

    def run(self, model: str, labels: int, setting: str, seed: int) -> Path:
        """Work folder of a stock model."""
        shares = '' if self.label(setting) == setting else '_{:g}to{:g}'.format(*self.ratio)
        return self.out / 'runs' / f'{model}_{labels}_{in_file_names(setting)}{shares}_seed{seed}'

    def label(self, setting: str) -> str:
        """A setting's name in results and tables: 'real+synthetic 3:1' is not 'real+synthetic'."""
        real, synthetic = self.ratio
        return setting if setting != MIXED or real == synthetic else f'{MIXED} {real:g}:{synthetic:g}'

    def claim(self) -> None:
        """Make the output folder this study's.

        Raises:
            UserError: it holds runs that were made otherwise, or there are no images to label.
        """
        self._check_parts()
        self._check_images()
        path = self.out / 'study.json'
        mine = json.loads(json.dumps({key: value for key, value in asdict(self).items() if key in _CLAIMED}))
        if path.is_file():
            theirs = _read(path)
            if theirs.get('ratio', [1, 1])[0] != theirs.get('ratio', [1, 1])[1]:
                raise UserError(
                    f'{self.out} is of an earlier version, which mixed all of it otherwise: take another --out'
                )
            for key, value in mine.items():
                made = theirs.get(key)
                if made != value:
                    raise UserError(f'{self.out} was made with {key}={made}, not {value}: take another --out')
        elif foreign := next((entry.name for entry in self.out.glob('*') if entry.is_file()), None):
            raise UserError(f'--out {self.out} is no folder of a study (it holds {foreign}): take another')
        try:
            self.out.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(mine, indent=2), encoding='utf-8')
        except OSError as error:
            raise UserError(f'--out {self.out} cannot be written: {error.strerror}') from None

    def _check_parts(self) -> None:
        """Before the decoders are trained: what the generation will need is there."""
        if not (self.repository / self.recipe).is_file():
            raise UserError(f'--recipe {self.recipe}: there is no such file')
        if wrong := next((option for option in self.recipe_options if '=' not in option), None):
            raise UserError(f"--recipe-options: '{wrong}' is not of the form KEY=VALUE, e.g. sampler.steps=20")
        if self.generator is not None and self.generator.startswith(('.', '/', '~')):
            folder = Path(self.generator).expanduser()
            if not (folder / 'model_index.json').is_file():
                raise UserError(f'--generator {self.generator}: no diffusers folder there (model_index.json)')

    def _check_images(self) -> None:
        """Before the decoders are trained: the folder to label is there, and has enough images."""
        if self.images is None:
            return
        path = Path(self.images) / 'dataset.json'
        if not path.is_file():
            raise UserError(f'--images {self.images}: no finished data set there (dataset.json)')
        count = _read(path, mend='make that data set again').get('num')
        if not isinstance(count, int):
            raise UserError(f'--images {self.images}: its dataset.json does not say how many images it has (num)')
        if self.num > count:
            raise UserError(f'--images {self.images}: it has {count} images, fewer than --num {self.num}')

    def runs(self) -> list[dict]:
        """The finished runs of this study, real+synthetic with each ratio.

        Each has model, labels, setting, seed, seconds, scores (by metric) and classes.
        """
        found = []
        for folder in [
            folder
            for model in self.models
            for labels in self.labels
            for setting in self.settings
            for seed in self.seeds
            for folder in self._finished(model, labels, setting, seed)
        ]:
            run = _read(folder / 'result.json')
            if not {'model', 'labels', 'setting', 'seed', 'scores'} <= run.keys():
                raise UserError(f'{folder}/result.json is not the result of a run: delete it, or take another --out')
            for style in self.also_test:
                tested = folder / f'{style}.json'
                further = _read(tested).get('scores', {}) if tested.is_file() else {}
                run['scores'].update({f'{name}, {style}': value for name, value in further.items()})
            found.append(run)
        return found

    def _finished(self, model: str, labels: int, setting: str, seed: int) -> list[Path]:
        """Work folders of the finished runs; of setting real+synthetic those of each ratio."""
        ratios = '*' if setting == MIXED else ''
        found = (self.out / 'runs').glob(f'{model}_{labels}_{in_file_names(setting)}{ratios}_seed{seed}/result.json')
        return sorted(path.parent for path in found)

    def write(self) -> str:
        """Write ``results.json`` and ``table.md`` from the finished runs; returns the table."""
        runs = self.runs()
        table = markdown(runs, self.metrics)
        results = dict(
            task=self.task,
            num=self.num,
            iterations=self.iterations,
            summary=summarize(runs, self.metrics),
            gains=gains(runs, self.metrics),
            runs=runs,
        )
        (self.out / 'results.json').write_text(json.dumps(results, indent=2), encoding='utf-8')
        (self.out / 'table.md').write_text(table, encoding='utf-8')
        return table


def _read(path: Path, *, mend: str = 'delete it, or take another --out') -> dict:
    try:
        content = json.loads(path.read_text(encoding='utf-8'))
    except (OSError, ValueError) as error:
        raise UserError(f'{path} cannot be read ({error}): {mend}') from None
    if not isinstance(content, dict):
        raise UserError(f'{path} holds no JSON object: {mend}')
    return content
