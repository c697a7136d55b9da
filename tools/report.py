"""Make a page about a generated data set: samples to search, filter and sort, classes, scores, what was dropped.

    python tools/report.py data/synthetic/toyroom              # writes data/synthetic/toyroom/report/index.html
    python tools/report.py --dataset CONFIG                    # a page about the labelled images of a config

Where the samples have several kinds of labels, report/all_labels.png shows those of one sample side by side.

Open the page in any browser; it needs no server. It lists every sample and shows the images where they are, so the data
set's folder moves with the report in it. Labels are drawn for 500 samples, every class among them; --samples all draws
all, which takes the longer the more samples there are.
"""

import argparse
import re
import sys
from pathlib import Path

from mmdatasetdm.errors import UserError
from mmdatasetdm.utils.cli import mistakes_in_one_line
from mmdatasetdm.visualization import SAMPLES, write_report


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('dir', type=Path, nargs='?', help='folder of the generated data set')
    parser.add_argument('--dataset', type=Path, metavar='CONFIG', help='show the labelled images of this config')
    parser.add_argument('--out', type=Path, help='folder of the page (default: DIR/report, work_dirs/CONFIG/labels)')
    parser.add_argument('--samples', default=str(SAMPLES), help=f"labels drawn: a number or 'all' (default {SAMPLES})")
    parser.add_argument('--show', type=int, help='sample number in all_labels.png (default: what shows most)')
    parser.add_argument('--results', type=Path, help='results.json of a study, shown as a table')
    return parser.parse_args(argv)


@mistakes_in_one_line()
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    try:
        print(write_page(args))
    except OSError as error:
        raise UserError(f'{error.filename or args.dir}: {error.strerror or error}') from None
    return 0


def write_page(args: argparse.Namespace) -> Path:
    """Write the page that the arguments describe; -> its file."""
    if args.samples != 'all' and not re.fullmatch('[1-9][0-9]{0,9}', args.samples):
        raise UserError(f"--samples is {args.samples}; it must be 1 or more, or 'all'")
    samples = None if args.samples == 'all' else int(args.samples)
    if (args.dir is None) == (args.dataset is None):
        raise UserError('name the folder of a generated data set, or --dataset CONFIG')
    if args.dataset is None:
        options = dict(samples=samples, results=args.results, sample=args.show)
        return write_report(args.dir, args.out or args.dir / 'report', **options)
    if args.show is not None or args.results is not None:
        raise UserError('--dataset shows labelled images: leave out --show and --results')
    from mmdatasetdm.visualization.labelled import write_labels_report

    out = args.out or Path('work_dirs') / args.dataset.stem / 'labels'
    return write_labels_report(args.dataset, out, samples=samples)


if __name__ == '__main__':
    sys.exit(main())
