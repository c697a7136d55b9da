"""Write a generated data set in another layout; that one stays as it is, and nothing is sampled or labelled again.

    python tools/export.py data/synthetic/toyroom --to yolo --out data/synthetic/toyroom_yolo
    python tools/export.py data/synthetic/toyroom --to webdataset --out data/synthetic/toyroom_tars
    python tools/export.py data/synthetic/toyroom --to imagefolder --out card --num 100 --set image_format=jpg

Layouts: voc, coco, cityscapes, webdataset (tar shards), yolo (labels=segment or labels=pose), imagefolder (Hugging
Face), panoptic (COCO), and those that other packages register. Images keep their format and are linked where
that is possible. Options of the layout are those of a recipe's `writer`; docs/output_format.md has them. Which samples
are listed for training stays too; tools/select_samples.py changes it.
"""

import argparse
import sys
from pathlib import Path

from mmdatasetdm.errors import UserError
from mmdatasetdm.utils.cli import mistakes_in_one_line
from mmdatasetdm.utils.options import Options, add_custom_imports


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('dir', type=Path, help='folder of the finished data set')
    parser.add_argument('--to', required=True, metavar='LAYOUT', help="the layout, as a recipe's writer.type")
    parser.add_argument('--out', type=Path, required=True, help='the new folder')
    parser.add_argument('--num', type=int, help='the first samples only')
    parser.add_argument(
        '--set', nargs='+', action=Options, metavar='KEY=VALUE', help="options of the layout, as a recipe's writer"
    )
    add_custom_imports(parser)
    return parser.parse_args(argv)


@mistakes_in_one_line(stopped='stopped; what is written is kept, the same command goes on')
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    if args.num is not None and args.num < 1:
        raise UserError(f'--num is {args.num}; it must be 1 or more')
    from mmdatasetdm.generation.conversion import convert

    try:
        dataset = convert(
            args.dir,
            args.out,
            writer=dict(args.set or {}, type=args.to),
            num=args.num,
            custom_imports=args.custom_imports,
        )
    except OSError as error:
        raise UserError(f'{error.filename or args.out}: {error.strerror or error}') from None
    print(f'{dataset.selected} of {dataset.samples} samples are listed for training; {args.out}/dataset.json')
    return 0


if __name__ == '__main__':
    sys.exit(main())
