"""The options (``--cfg-options KEY=VALUE``) that make a config a run of the study: images, test lists, iterations."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from mmengine.config import Config

from mmdatasetdm.errors import UserError
from mmdatasetdm.study.config import MIXED, StudyConfig
from mmdatasetdm.study.costs import kept_checkpoints
from mmdatasetdm.study.overrides import Overrides, as_options
from mmdatasetdm.utils.config import is_type, read_config
from mmdatasetdm.utils.options import read_options
from mmdatasetdm.utils.paths import locate


def decoder_config(study: StudyConfig, labels: int) -> tuple[Path, list[str]]:
    """The config of the decoder of so many labelled images, and the options that make it that."""
    path = locate(study.decoders.get(labels, next(iter(study.decoders.values())))).resolve()
    return path, [] if labels in study.decoders else labelled_options(study, path, labels)


def labelled_options(study: StudyConfig, config: Path, labels: int) -> list[str]:
    """What makes the labelled images of a config so many."""
    if labels in study.labelled:
        return as_options(study.labelled[labels], key=_data_key(study, config, 'FewShotDataset'))
    listed = study.listed(labels)
    return [] if listed is None else [f'{_list_key(study, config, "train")}={listed}']


def train_options(
    study: StudyConfig, config: Path, setting: str, *, model: str, labels: int, generated: Path, ratio: Sequence[float]
) -> list[str]:
    """The training images of a stock model, and what it has otherwise. ``ratio``: of real and synthetic images.

    Raises:
        UserError: the config has no data set for the images of the setting.
    """
    changes = study.overrides.get(model, Overrides())
    options = as_options(changes.options)
    if setting != 'synthetic':
        options += labelled_options(study, config, labels)
        options += as_options(changes.real, key=_data_key(study, config, 'FewShotDataset')) if changes.real else []
    if setting != 'real':
        synthetic = dict(root=generated, **changes.synthetic)
        options += as_options(synthetic, key=_data_key(study, config, 'SyntheticDataset'))
    if setting == MIXED:
        if 'ratio' not in (_read(config).train_dataloader.get('sampler') or {}):
            raise UserError(f'study {study.path}: {config}: its sampler has no ratio; take mmdatasetdm.RatioSampler')
        options.append(f'train_dataloader.sampler.ratio=[{ratio[0]},{ratio[1]}]')
    return options


def evaluation_options(study: StudyConfig, config: Path, listed: str | None, *, part: str) -> list[str]:
    """What makes ``val`` or ``test`` (``part``) of a config the images of a list; None: those that it names."""
    if listed is None:
        return []
    file = Path(study.data_root) / listed
    keys = study.evaluator_keys.get(part, ())
    return [f'{_list_key(study, config, part)}={listed}', *(f'{key}={file}' for key in keys)]


def iteration_options(config: Path, count: int) -> list[str]:
    """A training of so many iterations, with one validation at the end.

    Raises:
        UserError: the config trains by epochs.
    """
    max_iterations(config)
    found = _read(config).get('param_scheduler') or []
    last, key = found, 'param_scheduler'
    if isinstance(found, list | tuple) and found:
        last, key = found[-1], f'param_scheduler.{len(found) - 1}'
    keys = ['train_cfg.max_iters', 'train_cfg.val_interval', *([f'{key}.end'] if last else [])]
    options = [f'{name}={count}' for name in (*keys, 'default_hooks.checkpoint.interval')]
    if last and last.get('begin', 0) > count // 2:  # the last schedule begins before it ends
        options.append(f'{key}.begin={count // 2}')
    return options


def batch_options(config: Path, gpus: int) -> list[str]:
    """What gives a training on so many GPUs the batch that its schedule is for (``auto_scale_lr.base_batch_size``).

    Raises:
        UserError: the batch cannot be shared by them equally.
    """
    loaded = _read(config)
    whole = (loaded.get('auto_scale_lr') or {}).get('base_batch_size')
    batch = loaded.train_dataloader.get('batch_size')
    if whole is None or batch is None or batch * gpus == whole:
        return []
    if whole % gpus:
        raise UserError(f'--gpus {gpus}: {config} trains on batches of {whole} images, which {gpus} cannot share')
    return [f'train_dataloader.batch_size={whole // gpus}']


def max_iterations(config: Path) -> int:
    """The iterations of a config's training.

    Raises:
        UserError: it trains by epochs.
    """
    count = (_read(config).get('train_cfg') or {}).get('max_iters')
    if not isinstance(count, int):
        raise UserError(
            f'{config} has no train_cfg.max_iters: the settings of a study have equal iterations, not epochs'
        )
    return count


def batch_size(config: Path) -> int:
    """Images of an iteration, on all GPUs together."""
    loaded = _read(config)
    whole = (loaded.get('auto_scale_lr') or {}).get('base_batch_size')
    return whole or (loaded.get('train_dataloader') or {}).get('batch_size') or 1


def checkpoints(config: Path, *, iterations: int | None) -> int:
    """How many checkpoints a training leaves; ``iterations``: of one that :func:`iteration_options` cut short."""
    if iterations is not None:
        return 1
    hook = (_read(config).get('default_hooks') or {}).get('checkpoint') or {}
    return kept_checkpoints(hook, max_iterations(config))


def sampler_config(recipe: Path, options: Sequence[str]) -> Mapping:
    """The sampler of a recipe with its overrides, KEY=VALUE."""
    return read_config(recipe, what='recipe', options=read_options(options)).get('sampler') or {}


def hide_options(config: Path, unseen: Sequence[str]) -> list[str]:
    """What hides these classes, and no others, wherever a config hides classes or looks for them.

    Raises:
        UserError: a name is not one of the classes that the config hides some of.
    """
    loaded, options, known = _read(config), [], ()
    for key, found in _parts({key: loaded[key] for key in loaded if key.endswith(('_dataloader', '_evaluator'))}):
        if is_type(found, 'HideClasses'):
            options.append(f'{key}.hidden=[{",".join(unseen)}]')
            known = found['classes']
        elif is_type(found, 'ZeroShotIoUMetric'):
            options.append(f'{key}.unseen=[{",".join(unseen)}]')
    for name in unseen:
        if known and name not in known:
            raise UserError(f'--unseen {name}: there is no such class; known are {", ".join(known)}')
    return options


def _list_key(study: StudyConfig, config: Path, part: str) -> str:
    """The key of the list in a config's labelled images, which may be wrapped or mixed with generated ones."""
    for key, data in _datasets(config, part):
        if study.list_key in data:
            return f'{key}.{study.list_key}'
    raise UserError(f'study {study.path}: {config}: no data set of {part}_dataloader has `{study.list_key}` (list_key)')


def _data_key(study: StudyConfig, config: Path, kind: str) -> str:
    """The key of the data set of a type of ours among a config's training images."""
    for key, data in _datasets(config, 'train'):
        if is_type(data, kind):
            return key
    raise UserError(f'study {study.path}: {config}: no mmdatasetdm.{kind} in its train_dataloader')


def _datasets(config: Path, part: str) -> Iterator[tuple[str, Mapping]]:
    """The data sets of ``part`` by their dotted keys, outer ones first; not those inside of a generated set."""
    loader = _read(config).get(f'{part}_dataloader') or {}

    def walk(data: Mapping, key: str) -> Iterator[tuple[str, Mapping]]:
        yield key, data
        if is_type(data, 'SyntheticDataset'):
            return
        if isinstance(data.get('dataset'), Mapping):
            yield from walk(data['dataset'], f'{key}.dataset')
        for index, one in enumerate(data.get('datasets') or ()):
            yield from walk(one, f'{key}.datasets.{index}')

    if isinstance(loader.get('dataset'), Mapping):
        yield from walk(loader['dataset'], f'{part}_dataloader.dataset')


def _parts(values: object, key: str = '') -> Iterator[tuple[str, Mapping]]:
    """All mappings inside of a config by their dotted keys."""
    if isinstance(values, Mapping):
        if key:
            yield key, values
        for name, value in values.items():
            yield from _parts(value, f'{key}.{name}' if key else name)
    elif isinstance(values, list | tuple):
        for index, value in enumerate(values):
            yield from _parts(value, f'{key}.{index}')


@cache
def _read(path: Path) -> Config:
    return read_config(path, what='config')
