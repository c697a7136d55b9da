"""Write the list of a few-shot training set, chosen by a rule that gives everybody the same images.

    python tools/few_shot_list.py configs/datasetdm/voc_100shot.py --out train_100.txt
    python tools/few_shot_list.py configs/datasetdm/voc_100shot.py --per-class 10 --out train_200.txt
    python tools/few_shot_list.py my_images --labels my_masks --classes background,cat,dog --per-class 5
    python tools/few_shot_list.py my_images --labels objects.json --per-class 5

The first two read the data set of a config, the others a folder of images with a folder of label maps or a COCO file
(objects, or people with keypoints). Without options the rule is the config's. A training chooses by itself at first
use, by the same rule; this shows the list, and one that is written may be given as FewShotDataset(listed=...).

The rules (mmdatasetdm/datasets/choice.py), none of which depends on the order of the files:
  --per-class N   walk the images in the order of the sha256 of their names; an image belongs to the class that covers
                  most of its labelled pixels, background and ignored ones aside; take the first N of each class
  --cover N       N images in which every class is shown as often as may be
  --balanced N    walk the images in the same order, again and again; take those that show one of the classes shown
                  least so far (with --min-classes 2 as ReCo does)
  --num N         N images, evenly spaced
  --images N      N images with people, evenly spaced
A name is the path below the folder of images, without suffix. Images and labels are checked on the way, as before a
training.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmdatasetdm.datasets import FewShotDataset
from mmdatasetdm.datasets.coco_file import read_coco
from mmdatasetdm.datasets.lists import IMAGE_SUFFIXES, image_name
from mmdatasetdm.engine import launch
from mmdatasetdm.engine.scope import enter_scope
from mmdatasetdm.errors import UserError
from mmdatasetdm.registry import DATASETS
from mmdatasetdm.utils.config import is_type, read_config
from mmdatasetdm.utils.data_files import set_data_roots
from mmdatasetdm.utils.io import write_new
from mmdatasetdm.utils.options import apply_options, similar_files
from mmdatasetdm.utils.paths import locate

RULES = ('per_class', 'cover', 'balanced', 'num', 'images')
OPTIONS = ('only', 'max_classes', 'min_classes', 'min_fraction', 'seed')


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        'config', help='a config whose train_dataloader.dataset is a FewShotDataset, or a folder of images'
    )
    rule = parser.add_mutually_exclusive_group()
    for name in RULES:
        rule.add_argument(f'--{name.replace("_", "-")}', type=int, metavar='N')
    parser.add_argument('--only', help='names with commas, for --per-class: images that show no other class')
    parser.add_argument(
        '--max-classes', type=int, metavar='N', help='for --per-class: images that show so many at most'
    )
    parser.add_argument(
        '--min-classes', type=int, metavar='N', help='for --balanced: images that show so many at least'
    )
    parser.add_argument('--min-fraction', type=float, metavar='F', help='of an image that a class or person must cover')
    parser.add_argument('--seed', type=int, help='another one chooses other images by the same rule')
    parser.add_argument('--out', type=Path, help='file for the names, one a line; without it they are printed')
    parser.add_argument('--data-root', nargs='+', metavar='FOLDER', help='where the data set is, as of tools/train.py')
    parser.add_argument('--cfg-options', nargs='+', action=launch.Options, help='changes to the config, key=value')
    folder = parser.add_argument_group('of a folder')
    folder.add_argument('--labels', type=Path, help='folder of label maps named as the images, or a COCO file')
    folder.add_argument('--classes', help='names with commas in the order of the ids, for label maps')
    folder.add_argument('--background', default='background', help="the class that is no object, or 'none'")
    return parser.parse_args(argv)


def from_config(args: argparse.Namespace) -> dict[str, Any]:
    """The training data set of a config."""
    path = locate(args.config)
    if not path.is_file():
        raise UserError(f'{path}: no such config file' + similar_files(path))
    if args.data_root:
        set_data_roots(path, args.data_root)
    config = read_config(path, what='config')
    apply_options(config, args.cfg_options or {}, path)
    enter_scope(config)
    given = config.get('train_dataloader')
    if not isinstance(given, Mapping) or not isinstance(given.get('dataset'), Mapping):
        raise UserError(f'{path}: there is no train_dataloader with a dataset')
    return given['dataset']


def from_folder(args: argparse.Namespace) -> dict[str, Any]:
    """A data set of images in a folder and their labels."""
    images, labels = Path(args.config), args.labels
    if labels is None or not labels.exists():
        raise UserError(f'{images} is a folder of images: give --labels, a folder of label maps or a COCO file')
    if labels.is_dir():
        if not args.classes:
            raise UserError('--labels is a folder: give --classes, the names in the order of the ids')
        names = [name.strip() for name in args.classes.split(',')]
        if args.background != 'none' and args.background not in names:
            raise UserError(f'--background {args.background} is not among the classes; give its name, or none')
        enter_scope(dict(default_scope='mmseg'))
        suffixes = sorted({path.suffix for path in images.iterdir() if path.suffix.lower() in IMAGE_SUFFIXES})
        stock = dict(
            type='BaseSegDataset',
            data_root='',
            data_prefix=dict(img_path=str(images), seg_map_path=str(labels)),
            img_suffix=suffixes[0] if suffixes else '.jpg',
            metainfo=dict(classes=names),
            pipeline=[dict(type='LoadAnnotations')],
        )
        background = None if args.background == 'none' else names.index(args.background)
        return dict(type='mmdatasetdm.FewShotDataset', dataset=stock, background=background)
    common = dict(
        type='CocoDataset', data_root='', ann_file=str(labels), data_prefix=dict(img=str(images)), pipeline=[]
    )
    people = _has_keypoints(labels)
    enter_scope(dict(default_scope='mmpose' if people else 'mmdet'))
    if people:
        import mmpose.datasets  # noqa: F401  mmengine does not import it by itself

        stock = dict(common, data_mode='topdown')
    else:
        import mmdet.datasets  # noqa: F401

        names = [one['name'] for one in read_coco(labels, 'instance').categories]
        stock = dict(common, metainfo=dict(classes=names))
    return dict(type='mmdatasetdm.FewShotDataset', dataset=stock)


def _has_keypoints(path: Path) -> bool:
    try:
        annotations = json.loads(path.read_text(encoding='utf-8-sig'))['annotations']
        return any('keypoints' in one for one in annotations)
    except (ValueError, KeyError, TypeError):
        raise UserError(f'--labels {path} is neither a folder nor a COCO file') from None


def with_rule(dataset: dict[str, Any], args: argparse.Namespace) -> dict[str, Any]:
    """The data set with the rule and the options that are given, in the place of its own."""
    rule = {name: getattr(args, name) for name in RULES if getattr(args, name) is not None}
    options = {name: getattr(args, name) for name in OPTIONS if getattr(args, name) is not None}
    if 'only' in options:
        options['only'] = [name.strip() for name in options['only'].split(',')]
    if not rule and not options:
        return dataset
    if not is_type(dataset, 'FewShotDataset'):
        return dict(type='mmdatasetdm.FewShotDataset', dataset=dataset, **rule, **options)
    kept = {
        name: value
        for name, value in dataset.items()
        if not rule or name not in (*RULES, 'only', 'max_classes', 'min_classes')
    }
    return dict(kept, **rule, **options)


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    path = Path(args.config)
    folder = path.is_dir() and args.labels is not None
    given = from_folder(args) if folder else from_config(args)
    if folder and not any(getattr(args, name) for name in RULES):
        raise UserError('say how many images: --per-class, --cover, --balanced, --num or --images')
    given = with_rule(given, args)
    with launch.one_line_before_work(argparse.Namespace(filename=args.config)):
        dataset = DATASETS.build(given)
    if not isinstance(dataset, FewShotDataset):
        raise UserError(f'{path}: train_dataloader.dataset is not a mmdatasetdm.FewShotDataset; give a rule, as --num')
    paths = (dataset.get_data_info(index)['img_path'] for index in range(len(dataset)))
    names = list(dict.fromkeys(image_name(dataset.dataset, path) for path in paths))
    if args.out is None:
        print('\n'.join(names))
    else:
        write_new(args.out, ''.join(f'{name}\n' for name in names))
        print(f'{len(names)} names: {args.out}')


if __name__ == '__main__':
    sys.exit(launch.run_tool(main))
