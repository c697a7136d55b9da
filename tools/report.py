"""Make a page about a generated data set: gallery with overlays, counts per class, ignored share, throughput.

    python tools/report.py data/synthetic/toyroom              # writes data/synthetic/toyroom/report/index.html

Where the samples have several kinds of labels, report/all_labels.png shows those of one sample side by side.

Open the page in any browser; it needs no server, and the folder can be moved as a whole.
"""

import argparse
import sys
from pathlib import Path

from mmdatasetdm.errors import UserError
from mmdatasetdm.visualization import write_report


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('dir', type=Path, help='folder of the data set')
    parser.add_argument('--out', type=Path, help='folder of the page (default: DIR/report)')
    parser.add_argument('--samples', type=int, default=60, help='samples in the gallery (default 60)')
    parser.add_argument('--show', type=int, help='sample number in all_labels.png (default: what shows most)')
    parser.add_argument('--results', type=Path, help='results.json of a study, shown as a table')
    args = parser.parse_args(argv)
    try:
        if args.samples < 1:
            raise UserError(f'--samples is {args.samples}; it must be 1 or more')
        options = dict(samples=args.samples, results=args.results, sample=args.show)
        print(write_report(args.dir, args.out or args.dir / 'report', **options))
    except UserError as error:
        print(f'error: {error}', file=sys.stderr)
        return 2
    except OSError as error:
        print(f'error: {error.filename or args.dir}: {error.strerror or error}', file=sys.stderr)
        return 2
    return 0


if __name__ == '__main__':
    sys.exit(main())
