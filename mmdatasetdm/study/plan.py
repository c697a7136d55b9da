"""A study: decoders, generated sets and downstream trainings for every number of labels, seed, setting and model."""

import json
import shutil
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from mmengine.config import Config

from ..errors import UserError
from .jobs import Job
from .tables import SETTINGS, gains, markdown, summarize
from .tasks import LABELLED, STYLES, TASKS, TEST, Metric, hide_options

# Seconds on one core, before anything was timed.
_DECODER_GUESS, _SAMPLE_GUESS, _LABEL_GUESS, _STEP_GUESS, _TEST_GUESS = 150.0, 0.4, 0.05, 0.1, 20.0
_WARM_UP = 30  # iterations, in the decoders' configs
_CLAIMED = ('task', 'num', 'iterations', 'decoder_iterations', 'generator', 'recipe', 'recipe_options', 'ratio',
            'pretrain', 'images', 'unseen')


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
        generator: a folder or hub id; None keeps the built-in one of the configs.
        recipe: recipe of the generated images, from the repository's folder; None: the task's.
        recipe_options: KEY=VALUE overrides of the recipe.
        ratio: real and synthetic images in setting both.
        pretrain: share of the iterations of setting both that come first and see synthetic images alone.
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
    generator: str | None = None
    recipe: str | None = None
    recipe_options: tuple[str, ...] = ()
    ratio: tuple[float, float] = (1, 1)
    pretrain: float = 0.0
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
        for name, values, known in (('model', self.models, task.models), ('setting', self.settings, SETTINGS),
                                    ('number of labelled images', self.labels, LABELLED),
                                    ('further style', self.also_test, STYLES)):
            for value in values:
                if value not in known:
                    raise UserError(f'there is no {name} {value}; known are {", ".join(map(str, known))}')
        if self.unseen and self.task != 'openvocab':
            raise UserError(f'--unseen is for the task openvocab; this one is {self.task}')
        if not 0 <= self.pretrain < 1:
            raise UserError(f'pretrain is {self.pretrain}; it must be a share, from 0 to below 1')
        for name, value in (('num', self.num), ('iterations', self.iterations)):
            if value < 1:
                raise UserError(f'{name} is {value}; it must be 1 or more')

    @property
    def metrics(self) -> list[Metric]:
        """The task's metrics, then the same of each further style."""
        own = TASKS[self.task].metrics
        return [*own, *(metric.of_style(style) for style in self.also_test for metric in own)]

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
            UserError: it holds runs that were made otherwise, or there are no images to label.
        """
        self._check_images()
        path = self.out / 'study.json'
        mine = json.loads(json.dumps({key: value for key, value in asdict(self).items() if key in _CLAIMED}))
        if path.is_file():
            theirs = _read(path)
            for key, value in mine.items():
                made = theirs.get(key, getattr(Study, key, None))  # one from before the option has its default
                if made != value:
                    raise UserError(f'{self.out} was made with {key}={made}, not {value}: take another --out')
        self.out.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(mine, indent=2), encoding='utf-8')

    def _check_images(self) -> None:
        """Before the decoders are trained: the folder to label is there, and has enough images."""
        if self.images is None:
            return
        path = Path(self.images) / 'dataset.json'
        if not path.is_file():
            raise UserError(f'--images {self.images}: no finished data set there (dataset.json)')
        count = _read(path)['num']
        if self.num > count:
            raise UserError(f'--images {self.images}: it has {count} images, fewer than --num {self.num}')

    # -- the jobs
    def jobs(self) -> list[Job]:
        """All jobs, the longest chain first: a decoder, its images, then what is trained on them."""
        pairs = [(labels, seed) for labels in self.labels for seed in self.seeds]
        jobs = []
        if any(setting != 'real' for setting in self.settings):
            jobs += [self.decoder_job(*pairs[0]), self._label_job(*pairs[0])]
            jobs += [self.decoder_job(*pair) for pair in pairs[1:]]
            jobs += [self._label_job(*pair) for pair in pairs[1:]]
        for labels, seed in pairs:
            for model in self.models:
                for setting in self.settings:
                    jobs.append(self._run_job(model, labels, setting, seed))
                    jobs += [self._test_job(model, labels, setting, seed, style) for style in self.also_test]
        return jobs

    def runs(self) -> list[dict]:
        """The finished runs of this study: model, labels, setting, seed, seconds, scores (by metric) and classes.

        Raises:
            UserError: they are those of an earlier version of this package.
        """
        found = []
        for folder in [self.run(model, labels, setting, seed) for model in self.models for labels in self.labels
                       for setting in self.settings for seed in self.seeds]:
            if not (folder / 'result.json').is_file():
                continue
            run = _read(folder / 'result.json')
            if 'scores' not in run:
                raise UserError(f'{folder}/result.json was written by an earlier version: take another --out')
            for style in self.also_test:
                tested = folder / f'{style}.json'
                further = _read(tested)['scores'] if tested.is_file() else {}
                run['scores'].update({f'{name}, {style}': value for name, value in further.items()})
            found.append(run)
        return found

    def write(self) -> str:
        """Write ``results.json`` and ``table.md`` from the finished runs; returns the table."""
        runs = self.runs()
        table = markdown(runs, self.metrics)
        results = dict(task=self.task, num=self.num, iterations=self.iterations,
                       summary=summarize(runs, self.metrics), gains=gains(runs, self.metrics), runs=runs)
        (self.out / 'results.json').write_text(json.dumps(results, indent=2), encoding='utf-8')
        (self.out / 'table.md').write_text(table, encoding='utf-8')
        return table

    def _tool(self, name: str, *arguments: str | Path) -> list[str]:
        return [sys.executable, str(self.repository / 'tools' / f'{name}.py'), *map(str, arguments)]

    def _decoder_config(self, labels: int) -> tuple[Path, list[str]]:
        return TASKS[self.task].decoder_config(self.repository, labels)

    def _hide(self, config: Path) -> list[str]:
        return hide_options(config, self.unseen) if self.unseen else []

    def decoder_job(self, labels: int, seed: int) -> Job:
        """The training of one decoder."""
        folder = self.decoder(labels, seed)
        config, options = self._decoder_config(labels)
        options = [*options, f'randomness.seed={seed}', *self._hide(config)]
        if self.generator is not None:
            options.append(f'model.backbone.generator={self.generator}')
        if self.decoder_iterations is not None:
            options += _iterations(self.decoder_iterations)
            # the second schedule begins before it ends
            options.append(f'param_scheduler.1.begin={min(_WARM_UP, self.decoder_iterations // 2)}')
        return Job(name=f'decoder of {labels} labels, seed {seed}', kind='decoder', done=folder / 'decoder.json',
                   command=self._tool('train', config, '--work-dir', folder, '--cfg-options', *options),
                   guess=_DECODER_GUESS, prepare=lambda: _empty(folder),
                   finish=lambda seconds: _write(folder / 'decoder.json', dict(
                       labels=labels, seed=seed, seconds=seconds, **TASKS[self.task].read_training(folder))))

    def decoder_option(self, labels: int, seed: int) -> str:
        """What tools/generate.py takes as --decoder, once :meth:`link_checkpoint` was called."""
        folder = self.decoder(labels, seed)
        # The config that the training left is the one that its options made.
        config = folder / self._decoder_config(labels)[0].name
        return f'{TASKS[self.task].annotator}={config},{folder / "last.pth"}'

    def link_checkpoint(self, labels: int, seed: int) -> None:
        """Give a decoder's last iteration one name: nothing is chosen by looking at more labelled images."""
        folder = self.decoder(labels, seed)
        last = Path((folder / 'last_checkpoint').read_text(encoding='utf-8').strip())
        link = folder / 'last.pth'
        link.unlink(missing_ok=True)
        link.symlink_to(last.name)

    def _samples(self, labels: int, seed: int) -> bool:
        """Whether that decoder's images are sampled, and not only labelled."""
        return self.images is None and self.synthetic(labels, seed) == self._sampled()

    def _sampled(self) -> Path:
        """The folder whose images the others label: one from before, when other labels or seeds were asked for."""
        done = sorted(self.out.glob('synthetic/*/dataset.json'))
        return next((path.parent for path in done if (path.parent / 'latents').is_dir()),
                    self.synthetic(self.labels[0], self.seeds[0]))

    def _label_name(self, labels: int, seed: int) -> str:
        what = f'{self.num} images, labelled by' if self._samples(labels, seed) else 'labels of'
        return f'{what} that of {labels}, seed {seed}'

    def _label_job(self, labels: int, seed: int) -> Job:
        folder = self.synthetic(labels, seed)
        command = self._tool('generate', self.repository / self.recipe, '--num', str(self.num), '--out', folder,
                             '--decoder', self.decoder_option(labels, seed))
        options = [*self.recipe_options]
        if self.generator is not None:
            options.append(f'generator={self.generator}')
        after = [f'decoder of {labels} labels, seed {seed}']
        if self._samples(labels, seed):
            kind, guess = 'sample', _SAMPLE_GUESS
            options.append('writer.keep_latents=True')
        else:
            kind, guess = 'label', _LABEL_GUESS
            first = self.labels[0], self.seeds[0]
            command += ['--relabel', str(self.images or self._sampled())]
            after += [self._label_name(*first)] if self._samples(*first) else []
        if options:
            command += ['--cfg-options', *options]
        return Job(name=self._label_name(labels, seed), kind=kind, command=command, done=folder / 'dataset.json',
                   after=tuple(after), guess=guess * self.num,
                   prepare=lambda: self.link_checkpoint(labels, seed))

    def _run_job(self, model: str, labels: int, setting: str, seed: int) -> Job:
        folder, task = self.run(model, labels, setting, seed), TASKS[self.task]
        config = self.repository / task.models[model].format(setting=setting)
        batch = Config.fromfile(config).train_dataloader.batch_size if self.pretrain else 0
        # Validation takes place once, after the last iteration and on the test images: it is the test.
        options = [f'randomness.seed={seed}', *task.evaluate_on(TEST, part='val'), *self._hide(config),
                   'default_hooks.checkpoint.save_optimizer=False', *_iterations(self.iterations),
                   *task.train_options(setting, labels=labels, generated=self.synthetic(labels, seed),
                                       ratio=self.ratio,
                                       first_images=round(self.pretrain * self.iterations) * batch)]
        about = dict(model=model, labels=labels, setting=setting, seed=seed)
        return Job(name=_run_name(model, labels, setting, seed), kind=model, done=folder / 'result.json',
                   command=self._tool('train', config, '--work-dir', folder, '--cfg-options', *options),
                   after=() if setting == 'real' else (self._label_name(labels, seed),),
                   guess=_STEP_GUESS * self.iterations, prepare=lambda: _empty(folder),
                   finish=lambda seconds: _write(folder / 'result.json', dict(
                       about, seconds=round(seconds, 1), **task.read_training(folder))))

    def _test_job(self, model: str, labels: int, setting: str, seed: int, style: str) -> Job:
        """A test of a trained stock model on another style's images."""
        trained, task = self.run(model, labels, setting, seed), TASKS[self.task]
        folder = trained / style
        config = trained / Path(task.models[model].format(setting=setting)).name
        return Job(name=f'{_run_name(model, labels, setting, seed)}, {style}', kind=f'{model}, {style}',
                   done=trained / f'{style}.json', after=(_run_name(model, labels, setting, seed),),
                   command=self._tool('test', config, trained / f'iter_{self.iterations}.pth', '--work-dir', folder,
                                      '--cfg-options', *task.evaluate_on(STYLES[style], part='test')),
                   guess=_TEST_GUESS, prepare=lambda: _empty(folder),
                   finish=lambda seconds: _write(trained / f'{style}.json', task.read_test(folder)))


def _run_name(model: str, labels: int, setting: str, seed: int) -> str:
    return f'{model}, {setting}, {labels} labels, seed {seed}'


def _iterations(count: int) -> list[str]:
    """KEY=VALUE options of a training of so many iterations, with one validation at the end."""
    return [f'{key}={count}' for key in ('train_cfg.max_iters', 'train_cfg.val_interval', 'param_scheduler.1.end',
                                         'default_hooks.checkpoint.interval')]


def _empty(folder: Path) -> None:
    """Remove what an unfinished run left."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _write(path: Path, content: dict) -> None:
    """Write a file that is whole or absent."""
    part = path.with_suffix('.part')
    part.write_text(json.dumps(content, indent=2), encoding='utf-8')
    part.replace(path)


def _read(path: Path) -> dict:
    return json.loads(path.read_text(encoding='utf-8'))
