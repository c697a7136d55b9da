"""Write Cityscapes' labels with 19 classes and with 8 (DatasetDM supp. table 3) beside the official ones.

    python tools/dataset_converters/cityscapes.py data/cityscapes

From every gtFine/SPLIT/CITY/NAME_gtFine_labelIds.png it makes NAME_gtFine_labelTrainIds.png, which mmseg's
CityscapesDataset reads, and NAME_gtFine_label8Ids.png, of 8 classes in which sidewalks are void. Files that are there
already are kept. The ids of the classes are those of configs/_base_/datasets/cityscapes.py and cityscapes8.py.
"""

import argparse
import sys
from pathlib import Path

from mmdatasetdm.datasets.conversion import convert_labels, facts, label_table, require
from mmdatasetdm.errors import UserError
from mmdatasetdm.utils.cli import mistakes_in_one_line

IDS = '_gtFine_labelIds.png'


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('root', type=Path, help='the folder that holds leftImg8bit and gtFine')
    parser.add_argument(
        '--classes', type=int, nargs='+', choices=[19, 8], default=[19, 8], help='numbers of classes (default: both)'
    )
    return parser.parse_args(argv)


@mistakes_in_one_line()
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    config = facts('cityscapes8')
    folder = require(args.root / 'gtFine', config['cityscapes_download'])
    files = sorted(path for split in ('train', 'val') for path in folder.glob(f'{split}/*/*{IDS}'))
    if not files:
        raise UserError(f'{folder} has no train/CITY/NAME{IDS}. {config["cityscapes_download"]}')
    for number in args.classes:
        key, suffix = ('cityscapes', 'labelTrainIds') if number == 19 else ('cityscapes8', 'label8Ids')
        table = label_table(config[f'{key}_ids'], classes=config[f'{key}_classes'])
        pairs = [(path, path.with_name(path.name.replace('labelIds', suffix))) for path in files]
        written = convert_labels(pairs, table, known=34)
        print(f'{number} classes: {written} files NAME_gtFine_{suffix}.png, {len(pairs) - written} were there')
    return 0


if __name__ == '__main__':
    sys.exit(main())
