"""Write the list of a few-shot training set, chosen by a rule that gives everybody the same images.

    python tools/few_shot_list.py configs/datasetdm/voc_100shot.py --out train_100.txt

The rule (mmdatasetdm/datasets/few_shot.py): walk the images in the order of the sha256 of their names; an image belongs
to the class that covers most of its labelled pixels, background and ignored ones aside; take the first N of each
class. Training does this by itself at first use and keeps the list in work_dirs/few_shot.
"""

import argparse
import sys
from pathlib import Path

from mmengine.config import Config, DictAction
from mmengine.registry import init_default_scope

from mmdatasetdm import launch
from mmdatasetdm.datasets import FewShotDataset
from mmdatasetdm.errors import UserError
from mmdatasetdm.registry import DATASETS


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', help='a config whose train_dataloader.dataset is a FewShotDataset')
    parser.add_argument('--out', type=Path, help='file for the names, one a line; without it they are printed')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction, help='changes to the config, key=value')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    config = Config.fromfile(args.config)
    if args.cfg_options:
        config.merge_from_dict(args.cfg_options)
    init_default_scope(config.get('default_scope', 'mmseg'))
    dataset = DATASETS.build(config.train_dataloader.dataset)
    if not isinstance(dataset, FewShotDataset):
        raise UserError(f'{args.config}: train_dataloader.dataset is not a mmdatasetdm.FewShotDataset')
    names = '\n'.join(Path(dataset.get_data_info(index)['img_path']).stem for index in range(len(dataset)))
    if args.out is None:
        print(names)
    else:
        args.out.write_text(names + '\n', encoding='utf-8')
        print(f'{len(dataset)} names: {args.out}')


if __name__ == '__main__':
    sys.exit(launch.run_tool(main))
