"""Write the list of a few-shot training set, chosen by a rule that gives everybody the same images.

    python tools/few_shot_list.py configs/datasetdm/voc_100shot.py --out train_100.txt

The rule (mmdatasetdm/datasets/few_shot.py): walk the images in the order of the sha256 of their names; an image belongs
to the class that covers most of its labelled pixels, background and ignored ones aside; take the first N of each
class. Training does this by itself at first use and keeps the list in work_dirs/few_shot. A name is the path below the
folder of images, without suffix. Images and labels are checked on the way, as before a training.
"""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from mmengine.registry import init_default_scope

from mmdatasetdm.datasets import FewShotDataset
from mmdatasetdm.datasets.lists import image_name
from mmdatasetdm.engine import launch
from mmdatasetdm.errors import UserError
from mmdatasetdm.registry import DATASETS
from mmdatasetdm.utils.config import read_config
from mmdatasetdm.utils.io import write_new
from mmdatasetdm.utils.options import apply_options, similar_files


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', help='a config whose train_dataloader.dataset is a FewShotDataset')
    parser.add_argument('--out', type=Path, help='file for the names, one a line; without it they are printed')
    parser.add_argument('--cfg-options', nargs='+', action=launch.Options, help='changes to the config, key=value')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    path = Path(args.config)
    if not path.is_file():
        raise UserError(f'{path}: no such config file' + similar_files(path))
    config = read_config(path, what='config')
    apply_options(config, args.cfg_options or {}, path)
    init_default_scope(config.get('default_scope') or 'mmseg')
    with launch.one_line_before_work(config):
        given = config.get('train_dataloader')
        if not isinstance(given, Mapping) or not isinstance(given.get('dataset'), Mapping):
            raise UserError(f'{path}: there is no train_dataloader with a dataset')
        dataset = DATASETS.build(given['dataset'])
    if not isinstance(dataset, FewShotDataset):
        raise UserError(f'{path}: train_dataloader.dataset is not a mmdatasetdm.FewShotDataset')
    paths = (dataset.get_data_info(index)['img_path'] for index in range(len(dataset)))
    names = list(dict.fromkeys(image_name(dataset.dataset, path) for path in paths))
    if args.out is None:
        print('\n'.join(names))
    else:
        write_new(args.out, ''.join(f'{name}\n' for name in names))
        print(f'{len(names)} names: {args.out}')


if __name__ == '__main__':
    sys.exit(launch.run_tool(main))
