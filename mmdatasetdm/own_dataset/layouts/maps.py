"""A picture of labels for each image: two folders of the same names, Pascal VOC, and Cityscapes."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path, PurePosixPath

from mmseg.utils import cityscapes_classes, cityscapes_palette, voc_classes, voc_palette

from mmdatasetdm.datasets.lists import IMAGE_SUFFIXES, read_list
from mmdatasetdm.errors import UserError
from mmdatasetdm.own_dataset.layouts.names import class_list_file, read_classes
from mmdatasetdm.own_dataset.samples import LabelledFolder, Sample, files_below, split_of

# folders by the beginning of their names
_IMAGES = re.compile(r'^(images?|imgs?|jpegimages|rgb|colou?r|photos?|leftimg8bit|pictures|inputs?)', re.IGNORECASE)
LABELS = re.compile(r'^(masks?|labels?|annotations?|ann|gt|seg|semantic|ground_?truth|targets?)', re.IGNORECASE)
_DEPTHS = re.compile(r'^depth', re.IGNORECASE)  # are no images
# of label folders and files that hold other pictures: instances, colours to look at
_OTHERS = re.compile(r'(segmentationobject|_color$|_instanceids$|_instancetrainids$|_overlay$|_vis$)', re.IGNORECASE)
_ENDINGS = re.compile(
    r'(_leftimg8bit|_gtfine_labeltrainids|_gtfine_labelids|[_-](mask|label|labels|labelids|labeltrainids|seg|gt|l|'
    r'rgb|colou?r|image|img))$',
    re.IGNORECASE,
)
# Cityscapes' ids of the classes that are judged
_CITYSCAPES_IDS = (7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33)


def read(root: Path, *, task: str, classes: list[str]) -> LabelledFolder | None:
    """The data set; None: there are no such pictures, or they tell no objects apart."""
    if task != 'semantic':
        return None
    images, labels = _divide(root)
    if not images or not labels:
        return None
    label_of = _by_key(labels, root)
    samples, unlabelled = [], []
    for path in images:
        label = _match(path, root, label_of)
        if label is None:
            unlabelled.append(path)
        else:
            samples.append(Sample(name='', image=path, split=split_of(path.relative_to(root)), label=label))
    if not samples:
        raise UserError(
            f'{root}: {len(images)} images, as {images[0].name}, and {len(labels)} label maps, as {labels[0].name}, '
            'and no two of one name'
        )
    found = LabelledFolder(root=root, layout=_layout(root), images='', samples=samples)
    listed = take_lists(found)
    if unlabelled and not listed:
        found.warnings.append(f'{len(unlabelled)} images have no label map, as {unlabelled[0]}: left out')
    if found.layout == 'Cityscapes':
        found.samples = [sample for sample in found.samples if sample.split != 'test']  # those labels are secret
    found.name_samples()
    twice = [name for name, count in Counter(sample.name for sample in found.samples).items() if count > 1]
    if twice:
        raise UserError(f'{root / found.images}: two images are called {twice[0]}, with different suffixes')
    _name_classes(found, classes)
    return found


def _divide(root: Path) -> tuple[list[Path], list[Path]]:
    """Images and label maps: by their folders, or else by the ends of their names."""
    images, labels, undecided = [], [], []
    for path in files_below(root, IMAGE_SUFFIXES):
        folders = path.relative_to(root).parts[:-1]
        if _OTHERS.search(path.stem) or any(_OTHERS.search(part) for part in folders):
            continue
        if any(LABELS.match(part) for part in folders):
            labels.append(path)
        elif any(_IMAGES.match(part) for part in folders):
            images.append(path)
        elif not any(_DEPTHS.match(part) for part in folders):
            undecided.append(path)
    if labels:
        return images or undecided, labels
    return _divide_one_folder([*images, *undecided])


def _divide_one_folder(paths: list[Path]) -> tuple[list[Path], list[Path]]:
    """``x.jpg`` beside ``x.png`` or ``x_mask.png``."""
    word = r'[_-](mask|label|labels|seg|gt|l|labelids|labeltrainids)$'
    stems = {path.with_suffix('') for path in paths if path.suffix.lower() in ('.jpg', '.jpeg')}
    labels = [
        path
        for path in paths
        if re.search(word, path.stem, re.IGNORECASE)
        or (path.suffix.lower() not in ('.jpg', '.jpeg') and path.with_suffix('') in stems)
    ]
    taken = set(labels)
    return [path for path in paths if path not in taken], labels


def _key(path: Path, root: Path, *, cut: bool) -> str:
    """What an image and its label map have in common: folders but for the one that tells them apart, and the stem."""
    relative = PurePosixPath(path.relative_to(root).as_posix())
    folders = [part for part in relative.parts[:-1] if not any(one.match(part) for one in (_IMAGES, LABELS, _DEPTHS))]
    stem = _ENDINGS.sub('', relative.stem) if cut else relative.stem
    return '/'.join([*folders, stem])


def _by_key(labels: list[Path], root: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for cut in (True, False):
        for path in labels:
            key = _key(path, root, cut=cut)
            # of Cityscapes' two kinds of ids the one that is ready
            if key not in found or not cut or 'trainids' in path.stem.lower():
                found[key] = path
    return found


def _match(path: Path, root: Path, labels: dict[str, Path]) -> Path | None:
    return labels.get(_key(path, root, cut=False)) or labels.get(_key(path, root, cut=True))


def _layout(root: Path) -> str:
    if (root / 'leftImg8bit').is_dir():
        return 'Cityscapes'
    if (root / 'JPEGImages').is_dir() and (root / 'SegmentationClass').is_dir():
        return 'Pascal VOC'
    return 'images and label maps'


def take_lists(found: LabelledFolder) -> bool:
    """Parts by the lists in ImageSets/ or beside the folders; -> whether there are any."""
    root = found.root
    folder = next(
        (one for one in (root / 'ImageSets/Segmentation', root / 'ImageSets', root / 'splits', root)
         if (one / 'train.txt').is_file()),
        None,
    )  # fmt: skip
    if folder is None:
        return False
    at = {sample.image.stem: sample for sample in found.samples}
    at |= {sample.image.relative_to(root).with_suffix('').as_posix(): sample for sample in found.samples}
    kept: dict[int, Sample] = {}
    for split in ('train', 'val', 'test'):
        path = folder / f'{split}.txt'
        for line in read_list(path) if path.is_file() else ():
            name = PurePosixPath(line.split()[0])
            known = name.with_suffix('') if name.suffix.lower() in IMAGE_SUFFIXES else name
            sample = at.get(known.as_posix()) or at.get(known.name)
            if sample is None and split != 'test':
                raise UserError(f'{path}: {line} has no image with a label map')
            if sample is None:
                continue
            if id(sample) in kept and sample.split != split:
                raise UserError(f'{path}: {line} is in {sample.split}.txt too')
            sample.split = split
            kept[id(sample)] = sample
    if not kept:
        raise UserError(f'{folder}/train.txt is empty')
    found.samples = list(kept.values())
    return True


def _name_classes(found: LabelledFolder, classes: list[str]) -> None:
    """Names, colours and numbers, as far as the layout says them."""
    path = class_list_file(found.root)
    if classes:
        found.classes = list(classes)
        if path is not None:
            listed, colours = read_classes(path)
            found.colours = colours if listed == found.classes else []
    elif path is not None:
        found.classes, found.colours = read_classes(path)
        found.notes.append(f'classes: {path}')
    elif found.layout == 'Cityscapes':
        found.classes, found.palette = list(cityscapes_classes()), [tuple(one) for one in cityscapes_palette()]
        if not all('trainids' in sample.label.stem.lower() for sample in found.samples if sample.label):
            found.ids = dict(zip(_CITYSCAPES_IDS, range(19), strict=True))
    elif found.layout == 'Pascal VOC':
        found.classes, found.palette = list(voc_classes()), [tuple(one) for one in voc_palette()]
        found.notes.append('no list of classes: those of Pascal VOC are taken (--classes names others)')
