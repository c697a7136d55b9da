"""What a study needs and finds before anything is trained; each mistake is one line."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from mmdatasetdm.engine.inputs import check_data, check_weights
from mmdatasetdm.errors import UserError
from mmdatasetdm.study.config import StudyConfig
from mmdatasetdm.study.jobs import Job
from mmdatasetdm.utils.config import read_config
from mmdatasetdm.utils.options import apply_options, read_options
from mmdatasetdm.utils.paths import locate


def check_data_root(config: StudyConfig) -> None:
    """The folder of the labelled images is there.

    Raises:
        UserError: it is not; the line says what to download.
    """
    if not Path(config.data_root).is_dir():
        raise UserError(f'{config.data_root} does not exist. {config.data_download}'.strip())


def check_trainings(jobs: Sequence[Job]) -> None:
    """The images and weights of every training that is left are there, or can be fetched: all of them before the first,
    since a decoder takes a day. Generated images are not looked for, they are made by the jobs.

    Raises:
        UserError: the first that is absent; the line says what to download and where to put it.
    """
    configs = []
    for job in jobs:
        script = next(index for index, word in enumerate(job.command) if word.endswith('.py'))
        if Path(job.command[script]).name != 'train.py' or job.done.exists():
            continue
        path, *rest = job.command[script + 1 :]
        config = read_config(path, what='config')
        apply_options(
            config, read_options([word for word in rest[rest.index('--cfg-options') + 1 :] if '=' in word]), path
        )
        check_data(config, ('train', 'val'), generated=False)
        configs.append(config)
    for config in configs:
        check_weights(config)


def check_lists(config: StudyConfig, *, labels: Sequence[int], styles: Sequence[str]) -> None:
    """The lists of labelled and test images are there.

    Raises:
        UserError: one of them is not.
    """
    lists = [*map(config.listed, labels), config.test_list, *(config.styles[style] for style in styles)]
    for listed in filter(None, lists):
        if not (Path(config.data_root) / listed).is_file():
            raise UserError(f'study {config.path}: {listed} is not in its data_root {config.data_root}')


def check_parts(*, recipe: str, options: Mapping[str, Sequence[str]], generator: str | None) -> None:
    """What the generation will need is there; ``options`` are the overrides by the name of their argument.

    Raises:
        UserError: it is not, or an option has no value.
    """
    if not locate(recipe).is_file():
        raise UserError(f'--recipe {recipe}: there is no such file')
    for name, given in options.items():
        if wrong := next((option for option in given if '=' not in option), None):
            raise UserError(f"{name}: '{wrong}' is not of the form KEY=VALUE, e.g. sampler.steps=20")
    if generator is not None and generator.startswith(('.', '/', '~')):
        folder = Path(generator).expanduser()
        if not (folder / 'model_index.json').is_file():
            raise UserError(f'--generator {generator}: no diffusers folder there (model_index.json)')


def check_images(images: str, *, num: int) -> None:
    """The folder to label is there, and has enough images.

    Raises:
        UserError: it is not, or has not.
    """
    path = Path(images) / 'dataset.json'
    if not path.is_file():
        raise UserError(f'--images {images}: no finished data set there (dataset.json)')
    count = read_json(path, mend='make that data set again').get('num')
    if not isinstance(count, int):
        raise UserError(f'--images {images}: its dataset.json does not say how many images it has (num)')
    if num > count:
        raise UserError(f'--images {images}: it has {count} images, fewer than --num {num}')


def read_json(path: Path, *, mend: str = 'delete it, or take another --out') -> dict:
    """A JSON object.

    Raises:
        UserError: it cannot be read; ``mend`` says what to do.
    """
    try:
        content = json.loads(path.read_text(encoding='utf-8'))
    except (OSError, ValueError) as error:
        raise UserError(f'{path} cannot be read ({error}): {mend}') from None
    if not isinstance(content, dict):
        raise UserError(f'{path} holds no JSON object: {mend}')
    return content
