"""What a study compares, and the folder that it writes."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from mmdatasetdm.errors import UserError
from mmdatasetdm.study.checks import check_data_root, check_images, check_lists, check_parts, read_json
from mmdatasetdm.study.config import MIXED, SETTINGS, StudyConfig, in_file_names
from mmdatasetdm.study.metrics import Metric
from mmdatasetdm.study.overrides import Overrides
from mmdatasetdm.study.results import decoder_scores, generated_images
from mmdatasetdm.study.tables import comparison, gains, markdown, summarize

_OF_CONFIG = ('recipe', 'seeds', 'settings', 'num', 'iterations', 'ratio', 'unseen')
# what a study's folder is made with: a study of other values takes another folder
_IDENTITY = (
    'task',
    'name',
    'num',
    'iterations',
    'decoder_iterations',
    'decoders',
    'decoder_options',
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
        config: what is compared, and by which configs. Whatever is None below is that of the config.
        out: folder of everything that the study writes.
        repository: folder that holds ``tools``.
        models: names of the config's stock models; None: its first, or all beside a paper's numbers.
        labels: numbers of labelled images.
        seeds: of decoders and stock models.
        settings: of real, synthetic and real+synthetic.
        num: generated images.
        iterations: of every stock model, in every setting; None in the config as well keeps those of the models.
        decoder_iterations: None keeps those of the decoder's config.
        decoders: decoders of each number of labels and seed, of different starts, whose predictions are averaged.
        decoder_options: KEY=VALUE overrides of the decoder's config; images are then labelled with the same.
        generator: a folder or hub id; None keeps that of recipe and decoders.
        recipe: recipe of the generated images.
        recipe_options: KEY=VALUE overrides of the recipe.
        ratio: real and synthetic images in setting real+synthetic; each ratio has its own runs and column of the table.
        images: a finished folder of generated images, with kept latents, that the decoders label; None samples anew.
        also_test: the config's styles that each stock model is tested on too.
        unseen: the classes that no label shows, in studies of open vocabulary.
        gpus: of each training of a stock model; its batch is that of its schedule, whatever their number.
    """

    config: StudyConfig
    out: Path
    repository: Path
    models: tuple[str, ...] | None = None
    labels: tuple[int, ...] | None = None
    seeds: tuple[int, ...] | None = None
    settings: tuple[str, ...] | None = None
    num: int | None = None
    iterations: int | None = None
    decoder_iterations: int | None = None
    decoders: int = 1
    decoder_options: tuple[str, ...] = ()
    generator: str | None = None
    recipe: str | None = None
    recipe_options: tuple[str, ...] = ()
    ratio: tuple[float, float] | None = None
    images: str | None = None
    also_test: tuple[str, ...] = ()
    unseen: tuple[str, ...] | None = None
    gpus: int = 1

    def __post_init__(self) -> None:
        config = self.config
        if self.unseen and not config.unseen:
            raise UserError(f'--unseen is for studies of open vocabulary; {config.path} has no `unseen`')
        own = {name: getattr(config, name) for name in _OF_CONFIG}
        models = tuple(config.models)
        own.update(
            models=models if config.paper else models[:1],
            labels=config.labels or tuple(dict.fromkeys([*config.decoders, *config.labelled])),
        )
        for name, default in own.items():
            if getattr(self, name) is None:
                object.__setattr__(self, name, default)  # the fields are frozen for others
        settings = [setting for setting in SETTINGS if any(setting in found for found in self._chosen_models())]
        labels = config.known_labels() if self._has_lists() else self.labels
        for name, values, known in (
            ('model', self.models, config.models),
            ('setting', self.settings, settings),
            ('number of labelled images', self.labels, labels),
            ('further style', self.also_test, config.styles),
        ):
            for value in values:
                if value not in known:
                    raise UserError(f'there is no {name} {value}; known are {", ".join(map(str, known)) or "none"}')
            if twice := next((value for index, value in enumerate(values) if value in values[:index]), None):
                raise UserError(f'the {name} {twice} is named twice')
        for seed in self.seeds:
            if not 0 <= seed < 2**32 or self.seeds.count(seed) > 1:
                raise UserError(f'--seeds {seed}: seeds are different whole numbers of 0 or more, below 2**32')
        if not all(0 <= share < math.inf for share in self.ratio) or not any(self.ratio):
            raise UserError(
                f'--ratio {self.ratio[0]:g} {self.ratio[1]:g}: shares are numbers of 0 or more, and not both 0'
            )
        for name in ('num', 'iterations', 'decoder_iterations', 'decoders', 'gpus'):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise UserError(f'{name} is {value}; it must be 1 or more')

    def _chosen_models(self) -> list[Mapping[str, str]]:
        return [self.config.models[model] for model in self.models if model in self.config.models]

    def _has_lists(self) -> bool:
        """Whether the lists of labelled images can be looked up; :meth:`check` says where their folder is missing."""
        return self.config.train_list is None or Path(self.config.data_root).is_dir()

    @property
    def task(self) -> str:
        """The task's name in results and tables."""
        return self.config.task

    @property
    def name(self) -> str:
        """The name of the config."""
        return self.config.path.stem

    @property
    def metrics(self) -> list[Metric]:
        """The task's metrics, then the same of each further style."""
        own = self.config.metrics
        return [*own, *(metric.of_style(style) for style in self.also_test for metric in own)]

    # -- what is written
    def decoder(self, labels: int, seed: int, member: int = 0) -> Path:
        """Work folder of a decoder; ``member`` counts those whose predictions are averaged."""
        return self.out / 'decoders' / (f'{labels}_seed{seed}' + (f'_{member}' if member else ''))

    def decoders_of(self, labels: int, seed: int) -> list[Path]:
        """Work folders of the decoders whose predictions are averaged."""
        return [self.decoder(labels, seed, member) for member in range(self.decoders)]

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

    def check(self) -> None:
        """Before anything is trained: all that the study needs is there, and its folder is not another's.

        Raises:
            UserError: the folder holds runs that were made otherwise, or something is missing.
        """
        check_lists(self.config, labels=self.labels, styles=self.also_test)
        check_parts(
            recipe=self.recipe,
            options={'--recipe-options': self.recipe_options, '--decoder-options': self.decoder_options},
            generator=self.generator,
        )
        if self.images is not None:
            check_images(self.images, num=self.num)
        path, mine = self.out / 'study.json', self._identity()
        if path.is_file():
            theirs = read_json(path)
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

    def bind(self) -> None:
        """Make the output folder this study's.

        Raises:
            UserError: as :meth:`check`, or the folder cannot be written.
        """
        self.check()
        check_data_root(self.config)
        try:
            self.out.mkdir(parents=True, exist_ok=True)
            (self.out / 'study.json').write_text(json.dumps(self._identity(), indent=2), encoding='utf-8')
        except OSError as error:
            raise UserError(f'--out {self.out} cannot be written: {error.strerror}') from None

    def _identity(self) -> dict:
        """What the folder is made with, as JSON has it."""
        return json.loads(json.dumps({key: getattr(self, key) for key in _IDENTITY}))

    def labels_of_decoders(self) -> list[int]:
        """The numbers of labelled images of which a decoder is needed: a model is trained on what it labels."""
        models = [(model, labels) for labels in self.labels for model in self.models]
        return list(dict.fromkeys(labels for model, labels in models if {*self.settings_of(model, labels)} - {'real'}))

    def settings_of(self, model: str, labels: int) -> list[str]:
        """The settings in which a stock model is trained on so many labelled images."""
        changes = self.config.overrides.get(model, Overrides())
        if changes.labels is not None and labels not in changes.labels:
            return []
        own = self.config.models[model] if changes.settings is None else changes.settings
        return [setting for setting in self.settings if setting in own]

    def runs(self) -> list[dict]:
        """The finished runs of this study, real+synthetic with each ratio.

        Each has model, labels, setting, seed, seconds, machine, scores (by metric) and classes.
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
            run = read_json(folder / 'result.json')
            if not {'model', 'labels', 'setting', 'seed', 'scores'} <= run.keys():
                raise UserError(f'{folder}/result.json is not the result of a run: delete it, or take another --out')
            for style in self.also_test:
                tested = folder / f'{style}.json'
                further = read_json(tested).get('scores', {}) if tested.is_file() else {}
                run['scores'].update({f'{name}, {style}': value for name, value in further.items()})
            found.append(run)
        return found

    def _finished(self, model: str, labels: int, setting: str, seed: int) -> list[Path]:
        """Work folders of the finished runs; of setting real+synthetic those of each ratio."""
        ratios = '*' if setting == MIXED else ''
        found = (self.out / 'runs').glob(f'{model}_{labels}_{in_file_names(setting)}{ratios}_seed{seed}/result.json')
        return sorted(path.parent for path in found)

    def write(self, *, command: str) -> str:
        """Write ``results.json`` and ``table.md`` from the finished runs; returns the table.

        Args:
            command: what was typed; :mod:`mmdatasetdm.study.pages` shows it beside the numbers.
        """
        runs = self.runs()
        table = markdown(runs, self.metrics)
        if self.config.paper:
            table += '\n' + comparison(self.config.paper, runs, self.metrics)
        results = dict(
            task=self.task,
            command=command,
            num=self.num,
            iterations=self.iterations,
            decoders=self.decoders,
            unseen=self.unseen,
            seeds=sorted({run['seed'] for run in runs}),
            metrics=[asdict(metric) for metric in self.metrics],
            models={model: dict(self.config.models[model]) for model in self.models},
            summary=summarize(runs, self.metrics),
            gains=gains(runs, self.metrics),
            runs=runs,
            decoder_scores=decoder_scores({(n, s): self.decoders_of(n, s) for n in self.labels for s in self.seeds}),
            generated=generated_images({(n, s): self.synthetic(n, s) for n in self.labels for s in self.seeds}),
        )
        (self.out / 'results.json').write_text(json.dumps(results, indent=2), encoding='utf-8')
        (self.out / 'table.md').write_text(table, encoding='utf-8')
        return table
