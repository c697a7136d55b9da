"""Make a copy of a generated data set in which pixels that a model trained on real images does not believe are ignored.

    python tools/filter_pixels.py data/synthetic/voc CONFIG CHECKPOINT --out data/synthetic/voc_filtered

The rule is FreeMask's: a pixel becomes 255 when its loss under the model is more than --tolerance times the mean loss
of its class over the synthetic images. The model is any of mmseg that was trained on the labelled images alone
(the setting "real"). The former labels stay where they are, and images are linked.
"""

import argparse
import sys
from pathlib import Path

from mmdatasetdm.errors import UserError
from mmdatasetdm.utils.cli import mistakes_in_one_line
from mmdatasetdm.utils.options import add_custom_imports


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('dir', type=Path, help='folder of the finished data set')
    parser.add_argument('config', type=Path, help='of the model')
    parser.add_argument('checkpoint', type=Path, help='its weights')
    parser.add_argument('--out', type=Path, required=True, help='the new folder')
    parser.add_argument('--tolerance', type=float, default=1.25, help='times the mean loss of a class (default 1.25)')
    parser.add_argument('--device', default='cpu', help="'cpu', 'cuda', … (default: cpu)")
    add_custom_imports(parser)
    return parser.parse_args(argv)


@mistakes_in_one_line(stopped='stopped; what is written is kept, the same command goes on')
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    from mmdatasetdm.generation.dataset_info import DatasetInfo, read_dataset
    from mmdatasetdm.generation.engines.device import check_device
    from mmdatasetdm.generation.pixel_filter import filter_pixels

    try:
        check_device(args.device)
        before = read_dataset(args.dir, DatasetInfo).ignored_fraction
        dataset, unknown = filter_pixels(
            args.dir,
            args.out,
            config=args.config,
            checkpoint=args.checkpoint,
            tolerance=args.tolerance,
            device=args.device,
        )
    except OSError as error:
        raise UserError(f'{error.filename or args.out}: {error.strerror or error}') from None
    print(f'{before or 0:.1%} of the pixels were ignored, {dataset.ignored_fraction or 0:.1%} are now')
    if unknown:
        print(f'the model does not know {", ".join(unknown)}: their pixels stay')
    print(f'{dataset.selected} of {dataset.samples} samples are listed for training; {args.out}/dataset.json')
    return 0


if __name__ == '__main__':
    sys.exit(main())
