"""The jobs of a study: decoders, generated sets and trainings for every number of labels, seed, setting and model."""

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from mmdatasetdm.study.folder import Study
from mmdatasetdm.study.jobs import Job
from mmdatasetdm.study.metrics import scores_of_test, scores_of_training
from mmdatasetdm.study.options import (
    batch_options,
    batch_size,
    checkpoints,
    decoder_config,
    evaluation_options,
    hide_options,
    iteration_options,
    max_iterations,
    sampler_config,
    train_options,
)
from mmdatasetdm.utils.machine import describe_machine
from mmdatasetdm.utils.paths import locate

_TEST_GUESS = 20.0  # seconds, before one was timed
_APART = 1000  # between the seeds of decoders that are averaged: none is that of another seed of the study


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What has to be run for a study, as jobs that leave their results in its folder.

    Args:
        study: what is compared.
    """

    study: Study

    def jobs(self) -> list[Job]:
        """All jobs, the longest chain first: a decoder, its images, then what is trained on them."""
        pairs = [(labels, seed) for labels in self.study.labels for seed in self.study.seeds]
        generated = [(labels, seed) for labels in self.study.labels_of_decoders() for seed in self.study.seeds]
        jobs = []
        if generated:
            jobs += [*self._decoder_jobs(*generated[0]), self._label_job(*generated[0])]
            jobs += [job for pair in generated[1:] for job in self._decoder_jobs(*pair)]
            jobs += [self._label_job(*pair) for pair in generated[1:]]
        for labels, seed in pairs:
            for model in self.study.models:
                for setting in self.study.settings_of(model, labels):
                    jobs.append(self._run_job(model, labels, setting, seed))
                    jobs += [self._test_job(model, labels, setting, seed, style) for style in self.study.also_test]
        return jobs

    def _tool(self, name: str, *arguments: str | Path, gpus: int = 1) -> list[str]:
        path = str(self.study.repository / 'tools' / f'{name}.py')
        if gpus == 1:
            return [sys.executable, path, *map(str, arguments)]
        several = ['-m', 'torch.distributed.run', '--standalone', f'--nproc_per_node={gpus}']
        return [sys.executable, *several, path, *map(str, arguments), '--launcher', 'pytorch']

    def _decoder_config(self, labels: int) -> tuple[Path, list[str]]:
        return decoder_config(self.study.config, labels)

    def _hide(self, config: Path) -> list[str]:
        return hide_options(config, self.study.unseen) if self.study.unseen else []

    def _decoder_jobs(self, labels: int, seed: int) -> list[Job]:
        """All whose predictions are averaged."""
        return [self.decoder_job(labels, seed, member) for member in range(self.study.decoders)]

    def decoder_job(self, labels: int, seed: int, member: int = 0) -> Job:
        """The training of one decoder; ``member`` counts those whose predictions are averaged."""
        folder, costs = self.study.decoder(labels, seed, member), self.study.config.costs
        config, options = self._decoder_config(labels)
        options = [*options, f'randomness.seed={seed + _APART * member}', *self._hide(config)]
        if self.study.generator is not None:
            options.append(f'model.backbone.generator={self.study.generator}')
        if self.study.decoder_iterations is not None:
            options += iteration_options(config, self.study.decoder_iterations)
        options += self.study.decoder_options
        return Job(
            name=_decoder_name(labels, seed, member),
            kind='decoder',
            done=folder / 'decoder.json',
            command=self._tool('train', config, '--work-dir', folder, '--cfg-options', *options),
            guess=costs.decoder * (self.study.decoder_iterations or max_iterations(config)),
            size=costs.decoder_bytes(checkpoints=checkpoints(config, iterations=self.study.decoder_iterations)),
            prepare=lambda: _empty(folder),
            finish=lambda seconds: _write(
                folder / 'decoder.json',
                dict(
                    labels=labels, seed=seed, seconds=seconds, **scores_of_training(folder, self.study.config.metrics)
                ),
            ),
        )

    def decoder_option(self, labels: int, seed: int) -> str:
        """What tools/generate.py takes as --decoder: the work folders, of which it takes the last checkpoints."""
        folders = self.study.decoders_of(labels, seed)
        # The config that the training left is the one that its options made.
        config = folders[0] / self._decoder_config(labels)[0].name
        return ','.join([f'{self.study.config.annotator or self.study.task}={config}', *map(str, folders)])

    def _samples(self, labels: int, seed: int) -> bool:
        """Whether that decoder's images are sampled, and not only labelled."""
        return self.study.images is None and self.study.synthetic(labels, seed) == self._sampled()

    def _sampled(self) -> Path:
        """The folder whose images the others label: one from before, when other labels or seeds were asked for."""
        done = sorted(self.study.out.glob('synthetic/*/dataset.json'))
        return next(
            (path.parent for path in done if (path.parent / 'latents').is_dir()),
            self.study.synthetic(*self._first()),
        )

    def _first(self) -> tuple[int, int]:
        """The number of labels and the seed of the decoder whose images are sampled."""
        return self.study.labels_of_decoders()[0], self.study.seeds[0]

    def _label_name(self, labels: int, seed: int) -> str:
        what = f'{self.study.num} images, labelled by' if self._samples(labels, seed) else 'labels of'
        return f'{what} that of {labels}, seed {seed}'

    def _label_job(self, labels: int, seed: int) -> Job:
        folder, costs = self.study.synthetic(labels, seed), self.study.config.costs
        command = self._tool(
            'generate',
            locate(self.study.recipe).resolve(),
            '--num',
            str(self.study.num),
            '--out',
            folder,
            '--decoder',
            self.decoder_option(labels, seed),
        )
        options = [*self.study.recipe_options]
        if self.study.generator is not None:
            options.append(f'generator={self.study.generator}')
        after = [_decoder_name(labels, seed, member) for member in range(self.study.decoders)]
        sampler = sampler_config(locate(self.study.recipe), self.study.recipe_options) if costs.machine else {}
        if self._samples(labels, seed):
            kind, (seconds, size) = 'sample', costs.sample(sampler)
            options.append('writer.keep_latents=True')
        else:
            kind, (seconds, size) = 'label', costs.label(sampler)
            first = self._first()
            command += ['--relabel', str(self.study.images or self._sampled())]
            after += [self._label_name(*first)] if self._samples(*first) else []
        if options:
            command += ['--cfg-options', *options]
        return Job(
            name=self._label_name(labels, seed),
            kind=kind,
            command=command,
            done=folder / 'dataset.json',
            after=tuple(after),
            guess=seconds * self.study.num,
            size=size * self.study.num,
        )

    def _run_job(self, model: str, labels: int, setting: str, seed: int) -> Job:
        folder, study, config = (
            self.study.run(model, labels, setting, seed),
            self.study.config,
            self._model(model, setting),
        )
        # Validation takes place once, after the last iteration and on the test images: it is the test.
        options = [
            f'randomness.seed={seed}',
            *evaluation_options(study, config, study.test_list, part='val'),
            *self._hide(config),
            *batch_options(config, self.study.gpus),
            'default_hooks.checkpoint.save_optimizer=False',
            *(iteration_options(config, self.study.iterations) if self.study.iterations else []),
            *train_options(
                study,
                config,
                setting,
                model=model,
                labels=labels,
                generated=self.study.synthetic(labels, seed),
                ratio=self.study.ratio,
            ),
        ]
        about = dict(model=model, labels=labels, setting=self.study.label(setting), seed=seed)
        return Job(
            name=self._run_name(model, labels, setting, seed),
            kind=model,
            done=folder / 'result.json',
            command=self._tool('train', config, '--work-dir', folder, '--cfg-options', *options, gpus=self.study.gpus),
            after=() if setting == 'real' else (self._label_name(labels, seed),),
            guess=study.costs.step(config.stem, batch=batch_size(config)) / self.study.gpus * self._iterations(config),
            gpus=self.study.gpus,
            size=study.costs.model_bytes(
                config.stem, checkpoints=checkpoints(config, iterations=self.study.iterations)
            ),
            prepare=lambda: _empty(folder),
            finish=lambda seconds: _write(
                folder / 'result.json',
                dict(
                    about,
                    seconds=round(seconds, 1),
                    machine=describe_machine(),
                    **scores_of_training(folder, study.metrics),
                ),
            ),
        )

    def _model(self, model: str, setting: str) -> Path:
        """The config of a stock model."""
        return locate(self.study.config.models[model][setting]).resolve()

    def _iterations(self, config: Path) -> int:
        return self.study.iterations or max_iterations(config)

    def _run_name(self, model: str, labels: int, setting: str, seed: int) -> str:
        return f'{model}, {self.study.label(setting)}, {labels} labels, seed {seed}'

    def _test_job(self, model: str, labels: int, setting: str, seed: int, style: str) -> Job:
        """A test of a trained stock model on another style's images."""
        trained, study, config = (
            self.study.run(model, labels, setting, seed),
            self.study.config,
            self._model(model, setting),
        )
        folder = trained / style
        return Job(
            name=f'{self._run_name(model, labels, setting, seed)}, {style}',
            kind=f'{model}, {style}',
            done=trained / f'{style}.json',
            after=(self._run_name(model, labels, setting, seed),),
            command=self._tool(
                'test',
                trained / config.name,  # what the training left, with its options
                trained / f'iter_{self._iterations(config)}.pth',
                '--work-dir',
                folder,
                '--cfg-options',
                *evaluation_options(study, config, study.styles[style], part='test'),
            ),
            guess=_TEST_GUESS,
            prepare=lambda: _empty(folder),
            finish=lambda seconds: _write(trained / f'{style}.json', scores_of_test(folder, study.metrics)),
        )


def _decoder_name(labels: int, seed: int, member: int) -> str:
    return f'decoder of {labels} labels, seed {seed}' + (f', {member + 1}' if member else '')


def _empty(folder: Path) -> None:
    """Remove what an unfinished run left."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _write(path: Path, content: dict) -> None:
    """Write a file that is whole or absent."""
    part = path.with_suffix('.part')
    part.write_text(json.dumps(content, indent=2), encoding='utf-8')
    part.replace(path)
