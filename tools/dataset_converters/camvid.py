"""CamVid to the folders that the configs read: images/SPLIT/NAME.png and annotations/SPLIT/NAME.png of 11 classes.

    python tools/dataset_converters/camvid.py DOWNLOAD --out data/camvid

DOWNLOAD is either of the two that are about: the official one (701_StillsRaw_full/NAME.png, LabeledApproved_full/
NAME_L.png in 32 colours, label_colors.txt), or the smaller one of SegNet (train/, trainannot/, val/, ... with ids, 11
being void). The split is the usual one of 367, 101 and 233 images, which the names tell. Which of the 32 classes each
of the 11 consists of is in configs/_base_/datasets/camvid_100shot.py; all others are void, 255.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

from mmdatasetdm.datasets.conversion import (
    IGNORED,
    facts,
    label_table,
    link_or_copy,
    read_ids,
    require,
    work_through,
    write_ids,
)
from mmdatasetdm.errors import UserError
from mmdatasetdm.utils.cli import mistakes_in_one_line
from mmdatasetdm.utils.io import read_image

SPLITS = ('train', 'val', 'test')
STILLS, LABELS, COLOURS = '701_StillsRaw_full', 'LabeledApproved_full', 'label_colors.txt'


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('download', type=Path, help='the folder of the download')
    parser.add_argument('--out', type=Path, default=Path('data/camvid'), help='default data/camvid')
    return parser.parse_args(argv)


def split_of(name: str) -> str:
    """The usual split: the dusk of Seq05VD and the later part of 0001TP are for tests, a stretch of 0016E5 for
    validation.
    """
    sequence, _, number = name.partition('_')
    if sequence == 'Seq05VD' or (sequence == '0001TP' and int(number) >= 8550):
        return 'test'
    return 'val' if sequence == '0016E5' and 7959 <= int(number) <= 8159 else 'train'


def colour_ids(path: Path, classes: dict[str, list[str]]) -> np.ndarray:
    """From label_colors.txt, the id of each colour as one number of 24 bits (2**24,)."""
    table = np.full(2**24, IGNORED, np.uint8)
    ids = {old: index for index, names in enumerate(classes.values()) for old in names}
    found = set()
    for line in path.read_text(encoding='utf-8').splitlines():
        if not line.strip():
            continue
        try:
            red, green, blue, name = line.split()
            table[(int(red) << 16) + (int(green) << 8) + int(blue)] = ids.get(name, IGNORED)
        except (ValueError, IndexError):
            raise UserError(f'{path}: expected red, green, blue and a name a line, got {line!r}') from None
        found.add(name)
    if absent := sorted(ids.keys() - found):
        raise UserError(f'{path} has no class {absent[0]}: take the file of the official download')
    return table


def convert_official(download: Path, out: Path, classes: dict[str, list[str]]) -> None:
    table = colour_ids(require(download / COLOURS, 'It is on the page of the official download'), classes)
    labels = require(download / LABELS, 'Unpack LabeledApproved_full.zip there')

    def convert(image: Path) -> None:
        colours = read_image(labels / f'{image.stem}_L.png').astype(np.int64)
        split = split_of(image.stem)
        numbers = (colours[..., 0] << 16) + (colours[..., 1] << 8) + colours[..., 2]
        link_or_copy(image, out / 'images' / split / image.name)
        write_ids(out / 'annotations' / split / image.name, table[numbers])

    work_through(convert, sorted((download / STILLS).glob('*.png')))


def convert_segnet(download: Path, out: Path, classes: dict[str, list[str]]) -> None:
    count = len(classes)
    table = label_table({name: [index] for index, name in enumerate(classes)}, classes=list(classes))

    def convert(pair: tuple[str, Path]) -> None:
        split, image = pair
        path = download / f'{split}annot' / image.name
        ids = read_ids(path)
        if ids.max() > count:
            raise UserError(f'{path}: id {ids.max()}; expected 0 to {count - 1}, and {count} for void')
        link_or_copy(image, out / 'images' / split / image.name)
        write_ids(out / 'annotations' / split / image.name, table[ids])

    work_through(convert, [(split, image) for split in SPLITS for image in sorted((download / split).glob('*.png'))])


@mistakes_in_one_line()
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    config = facts('camvid_100shot')
    require(args.download, config['download'])
    classes = {name: list(old) for name, old in config['camvid_classes'].items()}
    if (args.download / STILLS).is_dir():
        convert_official(args.download, args.out, classes)
    elif (args.download / 'trainannot').is_dir():
        convert_segnet(args.download, args.out, classes)
    else:
        raise UserError(f'{args.download} has neither {STILLS} (the official download) nor trainannot (that of SegNet)')
    for split in SPLITS:
        print(f'{split}: {len(list((args.out / "images" / split).glob("*.png")))} images')
    return 0


if __name__ == '__main__':
    sys.exit(main())
