"""NYU Depth v2 to the folders that the configs read: images/SPLIT/NAME.jpg and depth/SPLIT/NAME.png in millimetres.

    python tools/dataset_converters/nyu.py labelled nyu_depth_v2_labeled.mat --splits splits.mat --out data/nyu
    python tools/dataset_converters/nyu.py sequences sync/ --out data/nyu

The first makes the 795 training and 654 test images of the official split (train, test) from the file of labelled
images; NAME is the official number, 0001 to 1449. The second takes the 24k training images of the sequences (train_24k)
from a folder with SCENE/rgb_NUMBER.jpg, SCENE/sync_depth_NUMBER.png and a list of both, nyu_train.txt, as BTS and
DepthFormer have them (docs/datasets.md); their NAME is SCENE_NUMBER. No pixel is copied there: the files are linked
where the disk allows it.
"""

import argparse
import io
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from mmdatasetdm.datasets.conversion import facts, link_or_copy, require, work_through
from mmdatasetdm.errors import UserError
from mmdatasetdm.utils.cli import mistakes_in_one_line
from mmdatasetdm.utils.io import write_atomic

MILLIMETRES = 1000


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest='command', required=True)
    labelled = commands.add_parser('labelled', help='nyu_depth_v2_labeled.mat -> train (795), test (654)')
    labelled.add_argument('file', type=Path, help='nyu_depth_v2_labeled.mat')
    labelled.add_argument('--splits', type=Path, help='splits.mat (default: beside it)')
    sequences = commands.add_parser('sequences', help='the frames of the sequences -> train_24k')
    sequences.add_argument('folder', type=Path, help='the folder of the scenes')
    sequences.add_argument('--list', type=Path, help='image and depth map a line (default: nyu_train.txt in it)')
    sequences.add_argument('--split', default='train_24k', help='name of the folders that are made')
    for command in (labelled, sequences):
        command.add_argument('--out', type=Path, default=Path('data/nyu'), help='default data/nyu')
    return parser.parse_args(argv)


def convert_labelled(file: Path, splits: Path, out: Path) -> None:
    """The labelled file is HDF5; MATLAB's arrays lie there with their axes reversed."""
    try:
        import h5py
    except ModuleNotFoundError:
        raise UserError('nyu_depth_v2_labeled.mat is read with h5py: pip install "mmdatasetdm[nyu]"') from None
    from scipy.io import loadmat

    try:
        numbers = loadmat(splits)
        content = h5py.File(file)
    except (OSError, ValueError, NotImplementedError) as error:
        raise UserError(f'{splits} or {file} is no file of MATLAB, or damaged: {error}') from None
    with content:
        for key in ('images', 'depths'):
            if key not in content:
                raise UserError(f'{file} has no {key!r}: take nyu_depth_v2_labeled.mat')
        images, depths = content['images'], content['depths']
        for split, key in (('train', 'trainNdxs'), ('test', 'testNdxs')):
            if key not in numbers:
                raise UserError(f'{splits} has no {key!r}: take splits.mat of the same page')
            chosen = numbers[key].ravel().tolist()
            if max(chosen) > len(images):
                raise UserError(f'{splits} names image {max(chosen)}, but {file} has {len(images)}')
            for number in chosen:
                image = np.transpose(images[number - 1], (2, 1, 0))  # (3, W, H) -> (H, W, 3)
                metres = np.transpose(depths[number - 1])
                _save(out, split, f'{number:04}', image, metres)
            print(f'{split}: {len(chosen)} images in {out / "images" / split}')


def _save(out: Path, split: str, name: str, image: np.ndarray, metres: np.ndarray) -> None:
    depth = np.clip(np.rint(metres * MILLIMETRES), 0, 2**16 - 1).astype(np.uint16)
    for folder, suffix, values, options in (
        ('images', '.jpg', image, dict(quality=100, subsampling=0)),  # mmseg's NYUDataset looks for .jpg
        ('depth', '.png', depth, {}),
    ):
        path = out / folder / split / f'{name}{suffix}'
        path.parent.mkdir(parents=True, exist_ok=True)
        file = io.BytesIO()
        Image.fromarray(np.ascontiguousarray(values)).save(file, 'jpeg' if suffix == '.jpg' else 'png', **options)
        write_atomic(path, file.getvalue())


def convert_sequences(folder: Path, listed: Path, split: str, out: Path) -> None:
    """Give the frames that the list names, with their depth maps, the names of the configs."""
    lines = [line.split()[:2] for line in listed.read_text(encoding='utf-8').splitlines() if line.strip()]
    pairs = list(dict.fromkeys((pair[0], pair[1]) for pair in lines if len(pair) == 2 and pair[1] != 'None'))
    if not pairs:
        raise UserError(f'{listed}: expected an image and a depth map a line')
    names: dict[str, tuple[str, str]] = {}

    def link(pair: tuple[str, str]) -> None:
        image, depth = (folder / part.lstrip('/') for part in pair)
        for path in (image, depth):
            if not path.is_file():
                raise UserError(f'{path}: {listed} names it, but it is not there')
        name = f'{image.parent.name}_{image.stem.removeprefix("rgb_")}'
        link_or_copy(image, out / 'images' / split / f'{name}{image.suffix}')
        link_or_copy(depth, out / 'depth' / split / f'{name}{depth.suffix}')
        names[name] = pair

    work_through(link, pairs)
    left = f'; {len(lines) - len(pairs)} without depth or listed twice are left out' if len(lines) > len(pairs) else ''
    print(f'{split}: {len(names)} images in {out / "images" / split}{left}')


@mistakes_in_one_line()
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    download = facts('nyu')['download']
    if args.command == 'labelled':
        splits = args.splits or args.file.with_name('splits.mat')
        convert_labelled(require(args.file, download), require(splits, download), args.out)
    else:
        listed = args.list or args.folder / 'nyu_train.txt'
        folder = require(args.folder, 'Download sync.zip of BTS and unpack it (docs/datasets.md)')
        convert_sequences(
            folder,
            require(listed, 'Take nyu_train.txt of the Monocular-Depth-Estimation-Toolbox (docs/datasets.md)'),
            args.split,
            args.out,
        )
    return 0


if __name__ == '__main__':
    sys.exit(main())
