"""Score the finished images of a data set: perceptual hash, agreement with the prompt, similarity to real images.

    python tools/score.py data/synthetic/voc
    python tools/score.py data/synthetic/voc --clip models/clip-vit-base-patch32 --device cuda
    python tools/score.py data/synthetic/voc --labelled configs/datasetdm/voc_100shot.py --validation data/val_images

The scores are stored beside the shards and in the manifest, as `image.phash`, `image.clip`, `image.labelled`,
`image.validation` (and, with --clip, `image.labelled_clip`, `image.validation_clip`), for filters, for
tools/select_samples.py and for the report. Which samples are listed for training stays as it is. What was scored with
the same options before is not scored again.
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
    parser.add_argument('--clip', type=Path, metavar='FOLDER', help='a CLIP model, as transformers saves it')
    for name, what in (('labelled', 'the labelled images'), ('validation', 'the validation images')):
        parser.add_argument(
            f'--{name}',
            type=Path,
            metavar='PATH',
            help=f'{what}: a folder, a list, or a config that names them',
        )
    parser.add_argument('--device', default='cpu', help="of CLIP: 'cpu', 'cuda', … (default: cpu)")
    add_custom_imports(parser)
    return parser.parse_args(argv)


@mistakes_in_one_line(stopped='stopped; the scores so far are kept, the same command goes on')
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    from mmdatasetdm.generation.engines.device import check_device
    from mmdatasetdm.generation.image_scores import ImageScorer, score
    from mmdatasetdm.generation.references import reference_images
    from mmdatasetdm.generation.selection import select

    try:
        check_device(args.device)
        scorer = ImageScorer(
            clip=args.clip,
            labelled=reference_images(args.labelled, 'train') if args.labelled else (),
            validation=reference_images(args.validation, 'val') if args.validation else (),
            device=args.device,
        )
        score(args.dir, scorer)
        dataset = select(args.dir, [], keep=True)  # the manifest takes the scores up
    except OSError as error:
        raise UserError(f'{error.filename or args.dir}: {error.strerror or error}') from None
    print(f'{dataset.selected} of {dataset.samples} samples are listed for training, as before')
    return 0


if __name__ == '__main__':
    sys.exit(main())
