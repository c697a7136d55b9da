"""A generated folder, read by any stock OpenMMLab data set class."""

import inspect
import json
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..registry import DATASETS
from .few_shot import take_listed

# where dataset.json does not say it
FOLDERS = dict(img_path='JPEGImages', seg_map_path='SegmentationClass', depth_map_path='Depth')
COCO_FILES = dict(instance='Annotations/instances_train.json', pose='Annotations/person_keypoints_train.json')
# the class that all of a library's COCO-style data sets descend from -> the task of the file that it reads
COCO_TASKS = dict(BaseDetDataset='instance', BaseCocoStyleDataset='pose')
TRAIN_LIST = 'ImageSets/Segmentation/train.txt'


@DATASETS.register_module()
class SyntheticDataset:
    """A folder that ``tools/generate.py`` wrote, seen through a stock data set class.

    The stock class does the reading and the transforms, so its metainfo is that of the real data set built from the
    same arguments and the two can be concatenated::

        dict(type='mmdatasetdm.SyntheticDataset', root='data/synthetic/voc',
             dataset=dict(type='PascalVOCDataset', pipeline=train_pipeline))

    Args:
        dataset: config of the stock data set, without ``data_root``. ``ann_file``, ``data_prefix`` and the files'
            endings default to the layout of the generated folder, which it names; what ``dataset`` says wins.
        root: the generated folder; it holds ``dataset.json``.
        num: use the first ``num`` samples only; None uses all.
        pipeline: exchanges the stock data set's, as OpenMMLab's tools do it; None keeps it.
        lazy_init: read the lists at :meth:`full_init` and not at once.

    Raises:
        UserError: the folder is absent, unfinished or empty, or its classes are not those of ``dataset``.
    """

    def __init__(
        self, *, dataset: dict, root: str, num: int | None = None, pipeline: list | None = None, lazy_init: bool = False
    ) -> None:
        if 'data_root' in dataset:
            raise UserError(
                f"SyntheticDataset: 'dataset' must not set data_root ({dataset['data_root']}); "
                f'the generated folder is given by root ({root})'
            )
        if num is not None and num < 1:
            raise UserError(f'SyntheticDataset: num must be at least 1, got {num}')
        self.root = Path(root)
        self.description = _read_description(self.root)
        stock = dict(dataset, data_root=str(root), lazy_init=True)
        if pipeline is not None:
            stock['pipeline'] = pipeline
        self.num = num
        task = _coco_task(stock)
        written = self.description.get('coco_files', {}).get(task, {})
        self._depth, coco_file = _reads_depth(stock), written.get('train', COCO_FILES.get(task))
        self._is_coco = coco_file is not None
        self._listed = listed = stock.get('ann_file', coco_file or TRAIN_LIST)
        if not self._depth:
            stock['ann_file'] = listed
        folders = {**FOLDERS, **self.description.get('data_prefix', {})}
        if 'data_prefix' not in stock:
            stock['data_prefix'] = dict(img=folders['img_path'])
            if not coco_file:
                _name_files(stock, self.root, folders, self.description, 'depth' if self._depth else 'seg')
        what = folders['depth_map_path'] if self._depth else listed
        if (self._depth or coco_file) and not (self.root / what).exists():
            raise UserError(f'{root} has no {what}: its recipe has no decoder for that task')
        self.dataset = DATASETS.build(stock)
        if task == 'instance':
            _check_categories(self.root / listed, self.dataset.metainfo)
        elif not self._depth and not coco_file:
            _check_classes(self.description, self.dataset.metainfo, self.root)
        self._fully_initialized = False
        if not lazy_init:
            self.full_init()

    @property
    def metainfo(self) -> dict:
        """The metainfo of the wrapped data set; equal to the real data set's."""
        return self.dataset.metainfo

    def full_init(self) -> None:
        """Read the list of samples."""
        if self._fully_initialized:
            return
        try:
            self.dataset.full_init()
        except ValueError as error:  # mmpose joins the lists of people, and numpy cannot join none
            if self._is_coco and not json.loads((self.root / self._listed).read_text(encoding='utf-8'))['annotations']:
                raise UserError(
                    f'{self.root / self._listed} lists no object or person: the decoder found none in any '
                    'generated image; train it longer, or let the prompts name them'
                ) from error
            raise
        if self._depth:  # the stock class reads a whole folder, what the filters dropped too
            take_listed(self.dataset, self.root / self._listed, suffix=self.dataset.img_suffix)
        if self.num is not None:
            self.dataset.get_subset_(min(self.num, len(self.dataset)))
        if len(self.dataset) == 0:
            raise UserError(f'{self.root}: the generated data set has no samples')
        self._fully_initialized = True

    def get_data_info(self, idx: int) -> dict:
        """What the stock data set knows of sample ``idx``: paths and labels, before its pipeline."""
        return self.dataset.get_data_info(idx)

    def __getitem__(self, idx: int) -> Any:
        return self.dataset[idx]

    def __len__(self) -> int:
        return len(self.dataset)


def _stock_class(config: dict) -> type | None:
    """The class that ``type`` names, as a build in the current scope finds it."""
    if not isinstance(config.get('type'), str):
        return config.get('type')
    with DATASETS.switch_scope_and_registry(None) as registry:
        return registry.get(config['type'])


def _reads_depth(config: dict) -> bool:
    """Whether a stock class has a ``depth_map_path``, as NYUDataset."""
    kind = _stock_class(config)
    prefix = inspect.signature(kind).parameters.get('data_prefix') if kind is not None else None
    return prefix is not None and 'depth_map_path' in (prefix.default or ())


def _coco_task(config: dict) -> str | None:
    """The task of COCO's JSON that a stock class reads, as mmdet's and mmpose's CocoDataset do; None: it reads none."""
    names = [base.__name__ for base in getattr(_stock_class(config), '__mro__', ())]
    return next((task for name, task in COCO_TASKS.items() if name in names), None)


def _check_categories(path: Path, metainfo: dict) -> None:
    """mmdet takes categories by their names, and leaves out without a word what it does not know."""
    known = set(metainfo.get('classes') or ())
    names = [category['name'] for category in json.loads(path.read_text(encoding='utf-8'))['categories']]
    for name in names:
        if name not in known:
            raise UserError(f'{path}: class {name} is not in the data set config; give it as metainfo=dict(classes=…)')


def _read_description(root: Path) -> dict:
    """Return ``dataset.json`` of a generated folder; it is written last, so where it is the folder is complete."""
    path = root / 'dataset.json'
    if not path.is_file():
        state = 'is not finished (no dataset.json)' if root.is_dir() else 'does not exist'
        raise UserError(f'synthetic data set {root} {state}: run python tools/generate.py RECIPE --num N --out {root}')
    try:
        return json.loads(path.read_text(encoding='utf-8'))
    except ValueError as error:
        raise UserError(f'{path} is not readable JSON ({error}): generate the data set again') from error


def _name_files(stock: dict, root: Path, folders: dict, description: dict, kind: str) -> None:
    """Put the folders and the files' endings into the config of a class of mmseg; ``kind``: 'seg' or 'depth'."""
    stock['data_prefix'] = {key: folders[key] for key in ('img_path', f'{kind}_map_path')}
    stock.setdefault('img_suffix', _image_suffix(root, stock.get('ann_file', TRAIN_LIST), folders, description))
    stock.setdefault(f'{kind}_map_suffix', description.get(f'{kind}_map_suffix', '.png'))


def _image_suffix(root: Path, ann_file: str, folders: dict, description: dict) -> str:
    """Recipes may write PNG or JPEG; the first listed sample shows which."""
    path = root / ann_file
    if not path.is_file():
        raise UserError(f'synthetic data set {root} has no {ann_file}: generate it again')
    with path.open(encoding='utf-8') as lines:
        first = lines.readline().strip()
    if not first:
        raise UserError(f'{path} is empty: the generated data set has no samples')
    images = root / folders['img_path']
    for suffix in (description.get('img_suffix', '.png'), '.png', '.jpg', '.jpeg'):
        if (images / f'{first}{suffix}').is_file():
            return suffix
    raise UserError(f'{images} has no image of sample {first}: generate the data set again')


def _check_classes(description: dict, metainfo: dict, root: Path) -> None:
    """The ids in the masks mean what the data set class says only when the two lists of names are equal, in order."""
    generated = list(description.get('classes', ()))
    expected = list(metainfo.get('classes') or ())
    if generated == expected:
        return
    pairs = list(zip(generated, expected, strict=False))
    index = next((i for i, (a, b) in enumerate(pairs) if a != b), len(pairs))
    name = [names[index] if index < len(names) else 'nothing' for names in (generated, expected)]
    raise UserError(
        f'{root / "dataset.json"}: class {index} is {name[0]} there but {name[1]} in the data set config; '
        'generate with the same classes, in the same order'
    )
