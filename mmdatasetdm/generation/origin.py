"""The folder whose samples are annotated anew (``--relabel``), finished or not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.dataset_info import RelabelledInfo, RelabelledRecipe, read_dataset
from mmdatasetdm.generation.records import ShardRecord
from mmdatasetdm.generation.storage.identity import read_recipe
from mmdatasetdm.generation.storage.shards import ShardStore
from mmdatasetdm.utils.checksum import digest
from mmdatasetdm.utils.io import adapter

ENDINGS = ('.png', '.jpg')


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Samples that are there.

    Attributes:
        root: their folder.
        num: their number; of an unfinished folder, those of the first shards up to one that is missing.
        suffix: of the image files, '.png' or '.jpg'.
        prompted: the classes that their prompts name.
        sampled: what they are a function of, beside their numbers.
        fingerprint: digest of that.
        finished: whether these are all samples of the folder.
        drawn_by: the name of the model that drew them, where the decoders read another one; of an unfinished folder it
            is not known.
    """

    root: Path
    num: int
    suffix: str
    prompted: tuple[str, ...]
    sampled: RelabelledRecipe
    fingerprint: str
    finished: bool
    drawn_by: str = ''

    @classmethod
    def open(cls, root: Path) -> Origin:
        """UserError: there are no samples, or the folder was changed by hand."""
        try:
            if root.exists() and not root.is_dir():
                raise UserError(f'{root}: Not a directory; give the folder of a data set')
            return _finished(root) if (root / 'dataset.json').exists() else _unfinished(root)
        except UserError as error:
            raise UserError(f'--relabel {error}') from None

    @property
    def shard_size(self) -> int:
        return self.sampled['shard_size']


def _finished(root: Path) -> Origin:
    dataset = read_dataset(root, RelabelledInfo)
    if dataset.fingerprint != digest(dataset.recipe):
        raise UserError(f'{root}: dataset.json was changed by hand; run tools/generate.py there again')
    return Origin(
        root=root,
        num=dataset.num,
        suffix=f'.{dataset.img_suffix.rpartition(".")[2]}',
        prompted=tuple(name for name, count in dataset.per_class.items() if count['prompted']),
        sampled=dataset.recipe,
        fingerprint=dataset.fingerprint,
        finished=True,
        drawn_by=dataset.drawn_by,
    )


def _unfinished(root: Path) -> Origin:
    """From recipe.json and the markers of the first shards."""
    if not (root / 'recipe.json').exists():
        raise UserError(f'{root} has no dataset.json: it is not a generated data set')
    recipe = read_recipe(root)
    try:
        sampled: RelabelledRecipe = adapter(RelabelledRecipe).validate_python(recipe['identity'], strict=True)
    except ValidationError as error:
        raise UserError(f'{root / "recipe.json"}: {error.errors()[0]["loc"]} is missing or wrong') from None
    num, suffix, prompted = 0, '', dict[str, None]()
    for shard in _first_shards(ShardStore(root), sampled['shard_size']):
        num += shard.count
        prompted.update(dict.fromkeys(name for record in shard.samples for name in record.classes))
        for record in shard.samples:
            suffix = suffix or Path(record.files.get('image', '')).suffix
    if suffix not in ENDINGS:
        raise UserError(f'{root}: its making is not finished, and there is no shard with an image yet')
    return Origin(
        root=root,
        num=num,
        suffix=suffix,
        prompted=tuple(prompted),
        sampled=sampled,
        fingerprint=recipe['fingerprint'],
        finished=False,
    )


def _first_shards(store: ShardStore, shard_size: int) -> Iterator[ShardRecord]:
    """Up to the first that is missing, or shorter than the others."""
    index, count = 0, shard_size
    while count == shard_size and store.marker(index).is_file():
        shard = store.read(index)
        if shard.first != index * shard_size:
            raise UserError(f'{store.marker(index)} begins with sample {shard.first}, not {index * shard_size}')
        yield shard
        index, count = index + 1, shard.count
