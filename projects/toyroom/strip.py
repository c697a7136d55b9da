r"""The picture that the README shows: prompts, images and every kind of label, one sample a column.

  python tools/generate.py configs/generate/toyroom_all.py --num 16 --out work_dirs/toyroom/strip \
      --cfg-options prompts.weights.person=8 'prompts.counts=[0.7,0.3]' sampler.steps=20
  python -m projects.toyroom.strip work_dirs/toyroom/strip

Without ``--samples`` these are the first that the filters selected: nothing is picked by hand.
"""

import argparse
import sys
import textwrap
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mmdatasetdm.engine.launch import run_tool
from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.dataset_info import DatasetInfo, read_dataset
from mmdatasetdm.generation.records import ManifestLine
from mmdatasetdm.generation.storage.manifest import read_manifest
from mmdatasetdm.visualization.pictures import PANELS, draw_labels

SIDE, GAP, LEFT, TOP = 160, 4, 84, 52  # of a picture, between two; width of the rows' names, height of the prompts
COLUMNS = 8


def choose(root: Path, ids: Sequence[int] | None) -> list[ManifestLine]:
    """Samples by their ids, or the first that are selected.

    Raises:
        UserError: there is none, or not one of these.
    """
    if ids is None:
        chosen = list(islice((record for record in read_manifest(root) if record.selected), COLUMNS))
    else:
        by_id = {record.id: record for record in read_manifest(root) if record.files}
        missing = [str(i) for i in ids if i not in by_id]
        if missing:
            raise UserError(f'{root} has no sample {", ".join(missing)}')
        chosen = [by_id[i] for i in ids]
    if not chosen:
        raise UserError(f'{root}: the filters selected no sample; --samples names some')
    return chosen


def draw_strip(root: Path, records: Sequence[ManifestLine], dataset: DatasetInfo) -> Image.Image:
    """Prompts above, then a row for the images and one for each kind of label that all of them have."""
    columns = [draw_labels(root, record, dataset) for record in records]
    rows = [name for name in PANELS if all(name in column for column in columns)]
    width = LEFT + len(columns) * (SIDE + GAP)
    strip = Image.new('RGB', (width, TOP + len(rows) * (SIDE + GAP)), 'white')
    draw, font = ImageDraw.Draw(strip), ImageFont.load_default(size=13)
    for row, name in enumerate(rows):
        draw.text((4, TOP + row * (SIDE + GAP) + SIDE // 2 - 8), name, fill=(30, 30, 30), font=font)
    for column, (record, pictures) in enumerate(zip(records, columns, strict=True)):
        left = LEFT + column * (SIDE + GAP)
        lines = textwrap.wrap(record.prompt, 24, max_lines=3, placeholder=' …')
        draw.multiline_text((left + 2, 2), '\n'.join(lines), fill=(30, 30, 30), font=font, spacing=2)
        for row, name in enumerate(rows):
            picture = Image.fromarray(np.ascontiguousarray(pictures[name]))
            picture = picture.resize((SIDE, SIDE), Image.Resampling.BICUBIC)
            strip.paste(picture, (left, TOP + row * (SIDE + GAP)))
    return strip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('folder', type=Path, help='a generated folder')
    parser.add_argument('--samples', type=int, nargs='+', help=f'ids; default: the first {COLUMNS} that are selected')
    parser.add_argument('--out', type=Path, default=Path('docs/overview.png'))
    args = parser.parse_args()
    dataset = read_dataset(args.folder, DatasetInfo)
    draw_strip(args.folder, choose(args.folder, args.samples), dataset).save(args.out, optimize=True)
    print(args.out)


if __name__ == '__main__':
    sys.exit(run_tool(main))
