"""A generated folder, read by any stock OpenMMLab data set class."""

import itertools
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from mmengine.logging import print_log

from mmdatasetdm.datasets.coco_file import check_order
from mmdatasetdm.datasets.lists import read_list, take_listed
from mmdatasetdm.datasets.stock import coco_kind, reads_depth
from mmdatasetdm.datasets.tar_backend import in_tar, local_path
from mmdatasetdm.datasets.wrapper import StockWrapper
from mmdatasetdm.errors import UserError
from mmdatasetdm.registry import DATASETS
from mmdatasetdm.utils.data_files import absent_synthetic
from mmdatasetdm.utils.schema import check_version
from mmdatasetdm.utils.tar import is_file, split_path

# where dataset.json does not say it
FOLDERS = dict(img_path='JPEGImages', seg_map_path='SegmentationClass', depth_map_path='Depth')
COCO_FILES = dict(instance='Annotations/instances_{}.json', pose='Annotations/person_keypoints_{}.json')
LIST = 'ImageSets/Segmentation/{}.txt'


@DATASETS.register_module()
class SyntheticDataset(StockWrapper):
    """A folder that ``tools/generate.py`` wrote, seen through a stock data set class.

    The stock class does the reading and the transforms, so its metainfo is that of the real data set built from the
    same arguments and the two can be concatenated::

        dict(type='mmdatasetdm.SyntheticDataset', root='data/synthetic/voc',
             dataset=dict(type='PascalVOCDataset', pipeline=train_pipeline))

    The images may be files or members of tar shards (``writer=dict(type='webdataset')``), which are read where they
    are. ``ShardSampler`` and ``RatioSampler(buffer=…)`` then draw them shard after shard, shuffled in a buffer.

    What the values in the files mean is what ``dataset.json`` says, whatever the stock class makes of the files of
    its own data set (``reduce_zero_label``, a label map): a label keeps the name that it has there.

    Args:
        dataset: config of the stock data set, without ``data_root``. ``ann_file``, ``data_prefix`` and the files'
            endings default to the layout of the generated folder, which it names; what ``dataset`` says wins.
        root: the generated folder; it holds ``dataset.json``.
        filters: choose anew, of all samples that did not fail, by the scores in the manifest: filters as in a recipe,
            ``[dict(type='Threshold', score='semantic.confidence', at_least=0.8)]``. None: the samples that the folder
            lists for training.
        num: use the first ``num`` samples only; None, or more than there are, uses all.
        pipeline, indices, lazy_init, leave_out: see :class:`StockWrapper`.

    Raises:
        UserError: the folder is absent, unfinished or empty, or its classes are not those of ``dataset``.
    """

    def __init__(
        self,
        *,
        dataset: dict,
        root: str,
        filters: Sequence[dict] | None = None,
        num: int | None = None,
        pipeline: list | None = None,
        indices: int | Sequence[int] | None = None,
        lazy_init: bool = False,
        leave_out: Sequence[str] = (),
    ) -> None:
        if 'data_root' in dataset:
            raise UserError(
                f"SyntheticDataset: 'dataset' must not set data_root ({dataset['data_root']}); "
                f'the generated folder is given by root ({root})'
            )
        if num is not None and (not isinstance(num, int) or num < 1):
            raise UserError(f'SyntheticDataset: num must be at least 1, got {num}')
        self.root, self.num, self.filters = Path(root), num, filters
        name = 'train' if filters is None else 'all'
        self.description = read_description(self.root)
        stock = dict(dataset, data_root=str(root))
        depth, coco = reads_depth(stock), coco_kind(stock)
        written = self.description.get('coco_files', {}).get(coco, {})
        self._in_tars = self.description.get('recipe', {}).get('writer', {}).get('type') == 'webdataset'
        self._listed = stock.get('ann_file', written.get(name, COCO_FILES.get(coco, LIST).format(name)))
        if not depth:
            stock['ann_file'] = self._listed
        folders = {**FOLDERS, **self.description.get('data_prefix', {})}
        described = [*folders.values(), *written.values()]
        described += [value for key, value in self.description.items() if key.endswith('_suffix')]
        _check_names(described, self.root / 'dataset.json', self.root)
        what = folders['depth_map_path'] if depth else self._listed
        if (depth or coco) and not (self.root / what).exists():
            raise UserError(f'{root} has no {what}: its recipe has no decoder for that task')
        if 'data_prefix' not in stock:
            stock['data_prefix'] = dict(img=folders['img_path'])
            if not coco:
                _name_files(stock, self.root, folders, self.description, 'depth' if depth else 'seg')
        # lazily: the labels' meaning is set right before the list of images is read, which takes it over
        super().__init__(stock=stock, pipeline=pipeline, indices=indices, lazy_init=True, leave_out=leave_out)
        if self._in_tars:  # what the stock class calls the folder of its images
            prefix = self.dataset.data_prefix
            prefix.update({key: in_tar(path) for key, path in prefix.items() if path})
        if self.depth:
            self._check_metres()
        elif self.coco is None:
            self._keep_names()
        if not lazy_init:
            self.full_init()

    @property
    def shard_sizes(self) -> list[int] | None:
        """How many samples follow each other in one tar shard, shard by shard; None: the images are files."""
        if not self._in_tars:
            return None
        archives = (split_path(self.get_data_info(index)['img_path']) for index in range(len(self)))
        return [sum(1 for _ in group) for _, group in itertools.groupby(parts and parts[0] for parts in archives)]

    def _keep_names(self) -> None:
        """Make the ids in the label maps mean what ``dataset.json`` says.

        The metainfo is left alone, which is compared with that of the real data set.
        """
        path = self.root / 'dataset.json'
        generated, expected = self.description.get('classes', ()), self.metainfo.get('classes') or ()
        for index, name in enumerate(expected):
            if name not in generated:
                there = generated[index] if index < len(generated) else 'nothing'
                raise UserError(
                    f'{path}: class {index} is {there} there but {name} in the data set config; '
                    'generate with the same classes'
                )
        for transform in getattr(self.pipeline, 'transforms', ()):
            if getattr(transform, 'reduce_zero_label', None):
                raise UserError(
                    f'{path}: the generated labels have no zero to leave out, but {type(transform).__name__} has '
                    'reduce_zero_label=True; leave it out there: the data set class says it'
                )
        foreign = [name for name in generated if expected and name not in expected]
        if foreign:
            print_log(
                f'{path}: pixels of {", ".join(foreign)} are ignored: the data set config has no such class',
                logger='current',
                level=30,
            )
        self.dataset.reduce_zero_label = False
        self.dataset.label_map = None
        if expected and list(generated) != list(expected):
            ids = {name: index for index, name in enumerate(expected)}
            self.dataset.label_map = {index: ids.get(name, 255) for index, name in enumerate(generated)}

    def _check_metres(self) -> None:
        """UserError where the pipeline takes the values of the depth maps for other lengths."""
        scale = self.description.get('recipe', {}).get('writer', {}).get('depth_scale')
        for transform in getattr(self.pipeline, 'transforms', ()):
            factor = getattr(transform, 'depth_rescale_factor', None)
            if scale and factor is not None and abs(scale * factor - 1) > 1e-3:
                raise UserError(
                    f'{self.root}: a metre is {scale} in its depth maps, but {type(transform).__name__} has '
                    f'depth_rescale_factor={factor:g}; give 1 / {scale}'
                )

    def _load(self) -> None:
        if self.coco is None:
            self._init_stock()
            return
        coco = self._read_coco()
        _check_names((one['file_name'] for one in coco.images.values()), coco.path, self.root)
        if not coco.annotations:
            raise UserError(
                f'{coco.path} lists no object or person: the decoder found none in any generated image; train it '
                'longer, or let the prompts name them'
            )
        if self.coco == 'instance':
            self._check_categories([one['name'] for one in coco.categories])
            check_order(coco, self.metainfo.get('classes') or ())
        self._init_stock(coco=coco)

    def _filter(self, filters: Sequence[dict]) -> None:
        from mmdatasetdm.generation.selection import selected_images  # only where a config asks for it

        chosen = selected_images(self.root, filters)
        paths = (self.get_data_info(index)['img_path'] for index in range(len(self)))
        kept = [index for index, path in enumerate(paths) if self._below_root(path) in chosen]
        if not kept:
            raise UserError(f'{self.root}: the filters of the data set config leave no sample; loosen them')
        self._take(kept)

    def _below_root(self, path: str) -> str:
        return Path(os.path.relpath(local_path(path), self.root)).as_posix()

    def _check_categories(self, names: list[str]) -> None:
        """mmdet takes categories by their names, and leaves out without a word what it does not know."""
        for name in names:
            if name not in (self.metainfo.get('classes') or ()):
                raise UserError(
                    f'{self.root / self._listed}: class {name} is not in the data set config; '
                    'give it as metainfo=dict(classes=…)'
                )

    def _select(self) -> None:
        if self.depth:  # the stock class reads a whole folder, what the filters dropped too
            take_listed(self.dataset, self.root / self._listed)
        if self.filters is not None:
            self._filter(self.filters)
        if self.num is not None:
            if self.num > len(self.dataset):
                print_log(f'{self.root} has {len(self.dataset)} samples, fewer than num={self.num}', 'current', 30)
            self._take(self.num)


def _check_names(names: Iterable[str], source: Path, root: Path) -> None:
    """UserError when a file of the data set names others outside of its folder: nobody knows who wrote it."""
    for name in names:
        if not isinstance(name, str) or name.startswith('/') or '..' in name.split('/'):
            raise UserError(f'{source}: the file name {str(name)[:80]!r} leads out of {root}; the data set was changed')


def read_description(root: Path) -> dict[str, Any]:
    """``dataset.json`` of a generated folder; it is written last, so where it is the folder is complete.

    Raises:
        UserError: it is absent, damaged or of another version.
    """
    path = root / 'dataset.json'
    if (message := absent_synthetic(root)) is not None:
        raise UserError(message)
    try:
        description = json.loads(path.read_text(encoding='utf-8'))
    except ValueError as error:
        raise UserError(f'{path} is not readable JSON ({error}): generate the data set again') from error
    if not isinstance(description, dict) or not isinstance(description.get('classes', []), list):
        raise UserError(f'{path} is not the description of a generated data set: generate it again')
    check_version(description, path)
    return description


def _name_files(stock: dict, root: Path, folders: dict, description: dict, kind: str) -> None:
    """Put the folders and the files' endings into the config of a class of mmseg; ``kind``: 'seg' or 'depth'."""
    stock['data_prefix'] = {key: folders[key] for key in ('img_path', f'{kind}_map_path')}
    stock.setdefault(
        'img_suffix', _image_suffix(root, stock.get('ann_file', LIST.format('train')), folders, description)
    )
    stock.setdefault(f'{kind}_map_suffix', description.get(f'{kind}_map_suffix', '.png'))


def _image_suffix(root: Path, ann_file: str, folders: dict, description: dict) -> str:
    """Recipes may write PNG or JPEG; the first listed sample shows which."""
    path = root / ann_file
    if not path.is_file():
        raise UserError(f'synthetic data set {root} has no {ann_file}: generate it again')
    names = read_list(path)
    _check_names(names, path, root)
    if not names:
        raise UserError(f'{path} is empty: the generated data set has no samples')
    images = root / folders['img_path']
    for suffix in (description.get('img_suffix', '.png'), '.png', '.jpg', '.jpeg'):
        if is_file(images / f'{names[0]}{suffix}'):
            return suffix
    raise UserError(f'{images} has no image of sample {names[0]}: generate the data set again')
