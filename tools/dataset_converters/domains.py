"""Write the labels of the classes that Pascal VOC 2012 and Cityscapes share: cars, persons (riders too), motorbikes.

    python tools/dataset_converters/domains.py voc data/VOCdevkit/VOC2012
    python tools/dataset_converters/domains.py cityscapes data/cityscapes

For domain generalisation (DatasetDM supp. table 9). VOC gets a folder SegmentationClassDomains, Cityscapes files
NAME_gtFine_labelDomainIds.png beside the official ones. All other classes are background; what the official evaluation
ignores is 255. Files that are there already are kept. The ids are those of configs/_base_/datasets/domains.py.
"""

import argparse
import sys
from pathlib import Path

from mmdatasetdm.datasets.conversion import IGNORED, convert_labels, facts, label_table, require
from mmdatasetdm.errors import UserError
from mmdatasetdm.utils.cli import mistakes_in_one_line

IDS = '_gtFine_labelIds.png'


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('dataset', choices=['voc', 'cityscapes'])
    parser.add_argument('root', type=Path, help='the folder that holds JPEGImages, or leftImg8bit and gtFine')
    return parser.parse_args(argv)


@mistakes_in_one_line()
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    config = facts('domains')
    download = config[f'{args.dataset}_download']
    table = label_table(config[f'domain_{args.dataset}_ids'], classes=config['domain_classes'], rest=0)
    if args.dataset == 'voc':
        folder = require(args.root / 'SegmentationClass', download)
        target = folder.with_name('SegmentationClassDomains')
        pairs = [(path, target / path.name) for path in sorted(folder.glob('*.png'))]
        known = len(config['voc_classes'])
    else:
        folder = require(args.root / 'gtFine', download)
        files = sorted(path for split in ('train', 'val') for path in folder.glob(f'{split}/*/*{IDS}'))
        pairs = [(path, path.with_name(path.name.replace('labelIds', 'labelDomainIds'))) for path in files]
        table[config['domain_cityscapes_ignored']] = IGNORED
        known = 34
    if not pairs:
        raise UserError(f'{folder} has no label map. {download}')
    written = convert_labels(pairs, table, known=known)
    print(f'{written} files as {pairs[0][1]}, {len(pairs) - written} were there')
    return 0


if __name__ == '__main__':
    sys.exit(main())
