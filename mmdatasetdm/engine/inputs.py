"""Whether what a run reads is there: told in its first seconds, before a model is built or a data set is read."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mmdatasetdm.engine.pretrained import read_pretrained
from mmdatasetdm.errors import UserError
from mmdatasetdm.utils.config import is_type
from mmdatasetdm.utils.data_files import absent_file, absent_synthetic


def check_data(config: Mapping[str, Any], parts: Sequence[str], *, generated: bool = True) -> None:
    """Look for the files of the data sets and of the evaluators.

    Args:
        config: with ``{train,val,test}_dataloader`` and ``{val,test}_evaluator``.
        parts: which of 'train', 'val' and 'test' are used.
        generated: look for generated data sets too; False where they are still to be made.

    Raises:
        UserError: the first file that is not there, and what to download and where to put it.
    """
    hints = dict(_downloads(dict(config.items())))
    for part in parts:
        _check_dataset(_dataset(config, part), hints, generated)
        evaluators = config.get(f'{part}_evaluator') or ()
        for one in [evaluators] if isinstance(evaluators, Mapping) else evaluators:
            file = one.get('ann_file') if isinstance(one, Mapping) else None
            if isinstance(file, str) and '://' not in file and not Path(file).exists():
                hint = next((text for root, text in hints.items() if file.startswith(root)), '')
                raise UserError(f'{file}, which {part}_evaluator reads, does not exist. {hint}'.strip())


def _dataset(config: Mapping[str, Any], part: str) -> Mapping[str, Any]:
    loader = config.get(f'{part}_dataloader')
    dataset = loader.get('dataset') if isinstance(loader, Mapping) else None
    return dataset if isinstance(dataset, Mapping) else {}


def _wrapped(dataset: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    parts = [dataset.get('dataset'), *(dataset.get('datasets') or ())]
    return [part for part in parts if isinstance(part, Mapping)]


def _downloads(value: Any, download: str = '') -> Iterator[tuple[str, str]]:
    """Folders of data, and what to download for each, which a config says once: with its labelled images."""
    if isinstance(value, list | tuple):
        for part in value:
            yield from _downloads(part, download)
    if not isinstance(value, Mapping):
        return
    if isinstance(value.get('download'), str):
        download = value['download'] or download
    if download and isinstance(value.get('data_root'), str):
        yield _folder(value), download
    for part in value.values():
        yield from _downloads(part, download)


def _folder(dataset: Mapping[str, Any]) -> str:
    return str(dataset['data_root']).rstrip('/')  # stock configs may have a slash at its end


def _check_dataset(dataset: Mapping[str, Any], hints: Mapping[str, str], generated: bool) -> None:
    """Check it and all that it wraps."""
    if is_type(dataset, 'SyntheticDataset'):
        root = dataset.get('root')
        if generated and isinstance(root, str) and (message := absent_synthetic(Path(root))):
            raise UserError(message)
        return  # the data set inside of it has no files of its own
    wrapped = _wrapped(dataset)
    for part in wrapped:
        _check_dataset(dict(part, listed=dataset['listed']) if dataset.get('listed') else part, hints, generated)
    if wrapped or not dataset.get('data_root'):
        return
    path = absent_file(dataset, listed=dataset.get('listed'))
    if path is not None:
        raise UserError(f'{path} does not exist. {hints.get(_folder(dataset), "")}'.strip())


def check_weights(config: Mapping[str, Any], parts: Sequence[str] = ('train',)) -> None:
    """Fetch what the model needs and is not on the disk yet: a generator; for a training its backbone's weights.

    Raises:
        UserError: it cannot be had; the message says what to download and where to put it.
    """
    from mmdatasetdm.diffusion.folder import resolve

    generators, weights = [], []
    for part in _parts(config.get('model') or {}):
        if is_type(part, 'DiffusionFeatureBackbone') and isinstance(part.get('generator'), str):
            generators.append(part['generator'])
        if isinstance(part.get('pretrained'), str):
            weights.append(part['pretrained'])
        if is_type(part, 'Pretrained') and isinstance(part.get('checkpoint'), str):
            weights.append(part['checkpoint'])
    for generator in dict.fromkeys(generators):
        resolve(generator)
    if 'train' not in parts or config.get('load_from'):
        return  # they would be replaced
    for checkpoint in dict.fromkeys(weights):
        if '://' in checkpoint or not Path(checkpoint).is_file():
            read_pretrained(checkpoint)


def _parts(model: Any) -> Iterator[Mapping[str, Any]]:
    """All configs in a model's, itself too."""
    if isinstance(model, Mapping):
        yield model
    for part in model.values() if isinstance(model, Mapping) else model if isinstance(model, list | tuple) else ():
        yield from _parts(part)
