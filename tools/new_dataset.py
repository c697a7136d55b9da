"""From a folder of labelled images to the configs of decoder, recipe and stock models, and the next commands.

    python tools/new_dataset.py my_images/ --task semantic
    python tools/new_dataset.py my_images/ --task semantic --generator stable-diffusion-v1-5/stable-diffusion-v1-5

It finds the layout by itself (images and masks or depth maps in two folders, Pascal VOC, Cityscapes, COCO, labelme,
YOLO), checks the images and labels, and writes a new folder: one file of facts, configs that take them from it, the
label maps as training reads them, and labels.png, some images with their labels to look at. Your own files stay as
they are.
"""

import argparse
import shlex
import sys
from pathlib import Path

from mmdatasetdm.errors import UserError
from mmdatasetdm.utils.cli import mistakes_in_one_line


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    from mmdatasetdm.own_dataset.build import TASKS
    from mmdatasetdm.own_dataset.configs import BUILT_IN

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('dir', type=Path, help='folder of the labelled images')
    parser.add_argument('--task', required=True, choices=TASKS, help='what the labels are')
    parser.add_argument('--out', type=Path, help='folder for the configs (default: DIR_configs)')
    parser.add_argument(
        '--generator', default=BUILT_IN, help=f'a diffusers folder or a hub id (default {BUILT_IN}, for a try-out)'
    )
    parser.add_argument('--classes', help='class names in the order of the numbers, with commas, where no file says')
    parser.add_argument('--background', help="the class that is no object, or 'none' (default: the one called so)")
    parser.add_argument(
        '--word', action='append', default=[], metavar='NAME=WORD', help='what the text encoder reads for a class'
    )
    parser.add_argument(
        '--unnamed',
        help="classes with commas that every picture shows, so that prompts leave them out, or 'none' (default: those "
        'that nearly every image shows)',
    )
    parser.add_argument(
        '--depth-scale', type=float, metavar='N', help='numbers a metre in depth maps (default: as their values look)'
    )
    return parser.parse_args(argv)


def run(args: argparse.Namespace) -> None:
    from mmdatasetdm.own_dataset.build import Answers, new_dataset
    from mmdatasetdm.own_dataset.configs import STOCK_MODELS

    wrong = next((pair for pair in args.word if not all(part.strip() for part in pair.partition('='))), None)
    if wrong is not None:
        raise UserError(f'--word {wrong}: write NAME=WORD, as tvmonitor=television')
    if args.depth_scale is not None and not 0 < args.depth_scale < float('inf'):
        raise UserError(f'--depth-scale is {args.depth_scale}; give how many numbers a metre has, 1000 for millimetres')
    answers = Answers(
        classes=_names(args.classes) if args.classes else (),
        background=args.background,
        generator=args.generator,
        words={name.strip(): word.strip() for name, _, word in (pair.partition('=') for pair in args.word)},
        unnamed=None if args.unnamed is None else [] if args.unnamed == 'none' else _names(args.unnamed),
        depth_scale=args.depth_scale,
    )
    out = args.out or Path(f'{args.dir.resolve().name}_configs')
    made = new_dataset(args.dir, task=args.task, out=out, answers=answers)
    found = made.found
    print(f'{found.root}: {found.layout}, {len(found.of("train"))} training, {len(found.of("val"))} validation images')
    print('\n'.join(made.table))
    for line in found.notes:
        print(f'note: {line}')
    for line in found.warnings:
        print(f'warning: {line}')
    print('\nOnly you can say these; what was taken, and how to say it otherwise (with another --out):')
    for what, taken, how in found.questions:
        print(f'  {what}: {taken}\n      {how}')
    print(f'\nLook at {out / "labels.png"}: wrong labels are found by looking. Then:')
    for tool, config, options in (
        ('train', 'decoder', ''),
        ('generate', 'recipe', f' --num 1000 --out data/synthetic/{made.name}'),
        ('train', STOCK_MODELS[args.task], ''),
    ):
        print(f'python tools/{tool}.py {shlex.quote(str(out / f"{made.name}_{config}.py"))}{options}')


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(',')]


@mistakes_in_one_line()
def main(argv: list[str] | None = None) -> int:
    run(parse_args(argv))
    return 0


if __name__ == '__main__':
    sys.exit(main())
