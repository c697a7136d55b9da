"""Train what a config describes: a decoder, or any stock model. One tool for all tasks.

python tools/train.py configs/datasetdm/toyroom_semantic_20shot.py
python tools/train.py CONFIG --resume                      # go on from the last checkpoint in the work folder
python tools/train.py CONFIG --cfg-options train_cfg.max_iters=100
"""

import argparse
import sys

from mmdatasetdm import launch


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    launch.add_arguments(parser)
    parser.add_argument('--resume', action='store_true', help='go on from the last checkpoint in the work folder')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    config = launch.load_config(args)
    config.resume = args.resume
    runner = launch.build_runner(config)
    runner.train()
    print(f'checkpoints and logs: {runner.work_dir}')


if __name__ == '__main__':
    sys.exit(launch.run_tool(main))
