"""A study: decoders, generated sets and downstream trainings for every number of labels, seed, setting and model."""

import json
import shutil
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from ..errors import UserError
from .jobs import Job
from .tables import SETTINGS, markdown, summarize

LABELLED = (10, 20, 50, 100, 200)  # the nested lists that the package ships
MODELS = {
    'deeplabv3plus': 'configs/deeplabv3plus/deeplabv3plus_r18_1xb8-2k_toyroom-{setting}-128x128.py',
    'mask2former': 'configs/mask2former/mask2former_r18_1xb8-2k_toyroom-{setting}-128x128.py',
}
DECODER = 'configs/datasetdm/toyroom_semantic_{labels}shot_phrase.py'
_LIST = 'ImageSets/Segmentation/train_{labels}.txt'
# Seconds on one core, before anything was timed.
_DECODER_GUESS, _SAMPLE_GUESS, _LABEL_GUESS, _STEP_GUESS = 150.0, 0.4, 0.05, 0.1


@dataclass(frozen=True, kw_only=True)
class Study:
    """What is compared.

    The labelled images are fixed nested lists; a seed varies the start of decoder and stock model, and the order of
    their images. Images are sampled once; each further decoder labels the same ones.

    Args:
        out: folder of everything that the study writes.
        repository: folder that holds ``tools`` and ``configs``.
        labels: numbers of labelled images.
        num: generated images.
        iterations: of every stock model, in every setting.
        decoder_iterations: None keeps those of the decoder's config.
        generator: a folder or hub id; None keeps the built-in one of the configs.
        recipe: recipe of the generated images, from the repository's folder.
        recipe_options: KEY=VALUE overrides of the recipe.
        ratio: real and synthetic images in setting both.
    """

    out: Path
    repository: Path
    models: tuple[str, ...] = ('deeplabv3plus',)
    labels: tuple[int, ...] = (20, 100)
    seeds: tuple[int, ...] = (0, 1, 2)
    settings: tuple[str, ...] = SETTINGS
    num: int = 2000
    iterations: int = 2000
    decoder_iterations: int | None = None
    generator: str | None = None
    recipe: str = 'configs/generate/toyroom_semantic.py'
    recipe_options: tuple[str, ...] = ()
    ratio: tuple[float, float] = (1, 1)

    def __post_init__(self) -> None:
        for name, values, known in (('model', self.models, MODELS), ('setting', self.settings, SETTINGS),
                                    ('number of labelled images', self.labels, LABELLED)):
            for value in values:
                if value not in known:
                    raise UserError(f'there is no {name} {value}; known are {", ".join(map(str, known))}')
        for name, value in (('num', self.num), ('iterations', self.iterations)):
            if value < 1:
                raise UserError(f'{name} is {value}; it must be 1 or more')

    # -- what is written
    def decoder(self, labels: int, seed: int) -> Path:
        """Work folder of a decoder."""
        return self.out / 'decoders' / f'{labels}_seed{seed}'

    def synthetic(self, labels: int, seed: int) -> Path:
        """Generated folder, labelled by that decoder."""
        return self.out / 'synthetic' / f'{labels}_seed{seed}'

    def run(self, model: str, labels: int, setting: str, seed: int) -> Path:
        """Work folder of a stock model."""
        return self.out / 'runs' / f'{model}_{labels}_{setting}_seed{seed}'

    def claim(self) -> None:
        """Make the output folder this study's.

        Raises:
            UserError: it holds runs that were made otherwise.
        """
        path = self.out / 'study.json'
        mine = {key: value for key, value in asdict(self).items() if key in (
            'num', 'iterations', 'decoder_iterations', 'generator', 'recipe', 'recipe_options', 'ratio')}
        mine = json.loads(json.dumps(mine))
        if path.is_file():
            theirs = json.loads(path.read_text(encoding='utf-8'))
            for key, value in mine.items():
                if theirs.get(key) != value:
                    raise UserError(f'{self.out} was made with {key}={theirs.get(key)}, not {value}: '
                                    'take another --out')
        self.out.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(mine, indent=2), encoding='utf-8')

    # -- the jobs
    def jobs(self) -> list[Job]:
        """All jobs, the longest chain first: a decoder, its images, then what is trained on them."""
        pairs = [(labels, seed) for labels in self.labels for seed in self.seeds]
        if any(setting != 'real' for setting in self.settings):
            first, *others = pairs
            jobs = [self._decoder_job(*first), self._label_job(first, None)]
            jobs += [self._decoder_job(*pair) for pair in others]
            jobs += [self._label_job(pair, first) for pair in others]
        else:
            jobs = []
        return jobs + [self._run_job(model, labels, setting, seed) for labels, seed in pairs for model in self.models
                       for setting in self.settings]

    def runs(self) -> list[dict]:
        """The finished runs of this study."""
        paths = [self.run(model, labels, setting, seed) / 'result.json' for model in self.models
                 for labels in self.labels for setting in self.settings for seed in self.seeds]
        return [json.loads(path.read_text(encoding='utf-8')) for path in paths if path.is_file()]

    def write(self) -> str:
        """Write ``results.json`` and ``table.md`` from the finished runs; returns the table."""
        runs = self.runs()
        table = markdown(runs)
        results = dict(num=self.num, iterations=self.iterations, summary=summarize(runs), runs=runs)
        (self.out / 'results.json').write_text(json.dumps(results, indent=2), encoding='utf-8')
        (self.out / 'table.md').write_text(table, encoding='utf-8')
        return table

    def _tool(self, name: str, *arguments: str | Path) -> list[str]:
        return [sys.executable, str(self.repository / 'tools' / f'{name}.py'), *map(str, arguments)]

    def _decoder_config(self, labels: int) -> tuple[Path, list[str]]:
        path = self.repository / DECODER.format(labels=labels)
        if path.is_file():
            return path, []
        return (self.repository / DECODER.format(labels=LABELLED[1]),
                [f'train_dataloader.dataset.ann_file={_LIST.format(labels=labels)}'])

    def _decoder_job(self, labels: int, seed: int) -> Job:
        folder = self.decoder(labels, seed)
        config, options = self._decoder_config(labels)
        options = [*options, f'randomness.seed={seed}']
        if self.generator is not None:
            options.append(f'model.backbone.generator={self.generator}')
        if self.decoder_iterations is not None:
            options += [f'{key}={self.decoder_iterations}' for key in (
                'train_cfg.max_iters', 'train_cfg.val_interval', 'param_scheduler.1.end',
                'default_hooks.checkpoint.interval')]
        return Job(name=f'decoder of {labels} labels, seed {seed}', kind='decoder', done=folder / 'decoder.json',
                   command=self._tool('train', config, '--work-dir', folder, '--cfg-options', *options),
                   guess=_DECODER_GUESS, prepare=lambda: _empty(folder),
                   finish=lambda seconds: _write(folder / 'decoder.json', dict(
                       labels=labels, seed=seed, seconds=seconds, **_last_scores(folder))))

    def _label_job(self, pair: tuple[int, int], first: tuple[int, int] | None) -> Job:
        labels, seed = pair
        folder = self.synthetic(labels, seed)
        # The config that the training left is the one that its options made.
        config = self.decoder(labels, seed) / self._decoder_config(labels)[0].name
        command = self._tool('generate', self.repository / self.recipe, '--num', str(self.num), '--out', folder,
                             '--decoder', f'semantic={config},{self.decoder(labels, seed) / "last.pth"}')
        options = [*self.recipe_options, *(['writer.keep_latents=True'] if first is None else [])]
        if self.generator is not None:
            options.append(f'generator={self.generator}')
        if options:
            command += ['--cfg-options', *options]
        after = (f'decoder of {labels} labels, seed {seed}',)
        if first is None:
            name, kind, guess = f'{self.num} images, labelled by that of {labels}, seed {seed}', 'sample', _SAMPLE_GUESS
        else:
            command += ['--relabel', str(self.synthetic(*first))]
            name, kind, guess = f'labels of that of {labels}, seed {seed}', 'label', _LABEL_GUESS
            after += (f'{self.num} images, labelled by that of {first[0]}, seed {first[1]}',)
        return Job(name=name, kind=kind, command=command, done=folder / 'dataset.json', after=after,
                   guess=guess * self.num, prepare=lambda: _link_checkpoint(self.decoder(labels, seed)))

    def _run_job(self, model: str, labels: int, setting: str, seed: int) -> Job:
        folder = self.run(model, labels, setting, seed)
        data = 'train_dataloader.dataset'
        # Validation takes place once, after the last iteration and on the test images: it is the test.
        options = [f'randomness.seed={seed}', 'val_dataloader.dataset.ann_file=ImageSets/Segmentation/test.txt',
                   'default_hooks.checkpoint.save_optimizer=False']
        options += [f'{key}={self.iterations}' for key in (
            'train_cfg.max_iters', 'train_cfg.val_interval', 'param_scheduler.1.end',
            'default_hooks.checkpoint.interval')]
        real, generated = _LIST.format(labels=labels), self.synthetic(labels, seed)
        options += {'real': [f'{data}.ann_file={real}'],
                    'synthetic': [f'{data}.root={generated}'],
                    'both': [f'{data}.datasets.0.ann_file={real}', f'{data}.datasets.1.root={generated}',
                             f'train_dataloader.sampler.ratio=[{self.ratio[0]},{self.ratio[1]}]']}[setting]
        first = self.labels[0], self.seeds[0]
        source = f'{self.num} images, labelled by that of {labels}, seed {seed}' if (labels, seed) == first else (
            f'labels of that of {labels}, seed {seed}')
        about = dict(model=model, labels=labels, setting=setting, seed=seed)
        config = self.repository / MODELS[model].format(setting=setting)
        return Job(name=f'{model}, {setting}, {labels} labels, seed {seed}', kind=model, done=folder / 'result.json',
                   command=self._tool('train', config, '--work-dir', folder, '--cfg-options', *options),
                   after=() if setting == 'real' else (source,), guess=_STEP_GUESS * self.iterations,
                   prepare=lambda: _empty(folder), finish=lambda seconds: _write(
                       folder / 'result.json', dict(about, seconds=round(seconds, 1), **_last_scores(folder))))


def _empty(folder: Path) -> None:
    """Remove what an unfinished run left."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _write(path: Path, content: dict) -> None:
    """Write a file that is whole or absent."""
    part = path.with_suffix('.part')
    part.write_text(json.dumps(content, indent=2), encoding='utf-8')
    part.replace(path)


def _last_scores(folder: Path) -> dict:
    """``mIoU`` and ``classes`` of the last validation that mmengine logged in a work folder, in percent."""
    found: dict = {}
    for path in sorted(folder.glob('*/vis_data/scalars.json')):
        for line in path.read_text(encoding='utf-8').splitlines():
            scores = json.loads(line)
            found = scores if 'mIoU' in scores else found
    if not found:
        raise UserError(f'{folder}: the training left no mIoU')
    classes = {name.removeprefix('IoU/'): value for name, value in found.items() if name.startswith('IoU/')}
    return dict(mIoU=found['mIoU'], classes=classes)


def _link_checkpoint(folder: Path) -> None:
    """Give the decoder of the last iteration one name: nothing is chosen by looking at more labelled images."""
    last = Path((folder / 'last_checkpoint').read_text(encoding='utf-8').strip())
    link = folder / 'last.pth'
    link.unlink(missing_ok=True)
    link.symlink_to(last.name)
