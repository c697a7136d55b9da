"""Split DeepFashion-MultiModal, which has no split of its own, and check its label maps.

    python tools/dataset_converters/deepfashion.py data/deepfashion
    python tools/dataset_converters/deepfashion.py data/deepfashion --coco    # for mmdet too

Reads images/NAME.jpg and segm/NAME_segm.png as they are downloaded, and writes train.txt and val.txt, a name a line.
All images of one id_NUMBER, i.e. of one garment on one model, are in one of the two: those whose sha256 is among the
lowest --val-fraction. With --coco, each connected region of a class is an object in
annotations/instances_{train,val}.json.
"""

import argparse
import hashlib
import json
import re
import sys
from pathlib import Path

import numpy as np

from mmdatasetdm.datasets.conversion import facts, read_ids, require, work_through
from mmdatasetdm.errors import UserError
from mmdatasetdm.utils.cli import mistakes_in_one_line
from mmdatasetdm.utils.io import write_atomic

SEGM = '_segm.png'


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('root', type=Path, help='the folder that holds images and segm')
    parser.add_argument('--val-fraction', type=float, default=0.1, help='of the garments (default 0.1)')
    parser.add_argument('--coco', action='store_true', help="write COCO's JSON of objects too")
    parser.add_argument('--min-area', type=int, default=100, help='--coco: pixels below which a region is no object')
    return parser.parse_args(argv)


def in_validation(name: str, fraction: float) -> bool:
    """Whether an image is of the validation set: the same for all images of a garment, and for a name without one."""
    garment = re.search(r'id_\d+', name)
    digest = hashlib.sha256((garment[0] if garment else name).encode()).digest()
    return int.from_bytes(digest[:8], 'big') < fraction * 2**64


def objects(label: np.ndarray, *, classes: int, min_area: int) -> list[dict]:
    """COCO annotations, without their ids, of the connected regions of each class but the background, 0."""
    import cv2
    from pycocotools import mask as rle

    found = []
    for index in range(1, classes):
        count, regions, stats, _ = cv2.connectedComponentsWithStats((label == index).astype(np.uint8), connectivity=8)
        for region in range(1, count):
            x, y, width, height, area = (int(value) for value in stats[region])
            if area < min_area:
                continue
            code = rle.encode(np.asfortranarray(regions == region))
            code['counts'] = code['counts'].decode()
            found.append(dict(category_id=index, bbox=[x, y, width, height], area=area, iscrowd=0, segmentation=code))
    return found


def coco_file(root: Path, names: list[str], classes: list[str], *, min_area: int) -> dict:
    """COCO's three lists of these images."""
    found: dict[str, tuple[tuple[int, int], list[dict]]] = {}

    def read(name: str) -> None:
        label = read_ids(root / 'segm' / f'{name}{SEGM}')
        found[name] = label.shape, objects(label, classes=len(classes), min_area=min_area)

    work_through(read, names)
    images, annotations = [], []
    for number, name in enumerate(names, start=1):
        (height, width), own = found[name]
        images.append(dict(id=number, file_name=f'{name}.jpg', height=height, width=width))
        annotations += [dict(one, image_id=number) for one in own]
    categories = [dict(id=index, name=name) for index, name in enumerate(classes) if index]
    annotations = [dict(one, id=number) for number, one in enumerate(annotations, start=1)]
    return dict(images=images, annotations=annotations, categories=categories)


@mistakes_in_one_line()
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    if not 0 < args.val_fraction < 1:
        raise UserError(f'--val-fraction is {args.val_fraction}; it must be between 0 and 1')
    config = facts('deepfashion')
    download, classes = config['deepfashion_download'], list(config['deepfashion_classes'])
    images, labels = (require(args.root / folder, download) for folder in ('images', 'segm'))
    names = sorted(path.name.removesuffix(SEGM) for path in labels.glob(f'*{SEGM}'))
    if not names:
        raise UserError(f'{labels} has no NAME{SEGM}. {download}')
    if absent := [name for name in names if not (images / f'{name}.jpg').is_file()]:
        raise UserError(f'{images}: {len(absent)} images are not there, as {absent[0]}.jpg; download images.zip again')

    def check(name: str) -> None:
        highest = int(read_ids(labels / f'{name}{SEGM}').max())
        if highest >= len(classes):
            raise UserError(f'{labels / name}{SEGM}: id {highest}, but there are {len(classes)} classes')

    work_through(check, names)
    splits: dict[str, list[str]] = dict(train=[], val=[])
    for name in names:
        splits['val' if in_validation(name, args.val_fraction) else 'train'].append(name)
    for split, found in splits.items():
        if args.coco:
            content = coco_file(args.root, found, classes, min_area=args.min_area)
            path = args.root / f'annotations/instances_{split}.json'
            path.parent.mkdir(exist_ok=True)
            write_atomic(path, json.dumps(content).encode())
            print(f'{path}: {len(content["annotations"])} objects')
        write_atomic(args.root / f'{split}.txt', ''.join(f'{name}\n' for name in found).encode())
        print(f'{args.root / split}.txt: {len(found)} images')
    return 0


if __name__ == '__main__':
    sys.exit(main())
