"""Train what a config describes: a decoder, or any stock model. One tool for all tasks.

python tools/train.py configs/datasetdm/datasetdm_toyroom_semantic-20shot_1xb8-500iters_toyroom-128x128.py
python tools/train.py CONFIG --resume                      # go on from the newest checkpoint in the work folder
python tools/train.py CONFIG --cfg-options train_cfg.max_iters=100
"""

import argparse
import sys

from mmengine.config import Config
from mmengine.runner import Runner

from mmdatasetdm.engine import launch
from mmdatasetdm.errors import UserError


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    launch.add_arguments(parser)
    parser.add_argument(
        '--resume',
        nargs='?',
        const='auto',
        metavar='CHECKPOINT',
        help='go on from a checkpoint; without a name from the newest whole one in the work folder',
    )
    parser.add_argument('--amp', action='store_true', help='train with automatic mixed precision')
    parser.add_argument(
        '--auto-scale-lr',
        action='store_true',
        help="scale the learning rate by the batch of all GPUs over that of the config's auto_scale_lr",
    )
    return parser.parse_args()


def scale_learning_rate(config: Config) -> None:
    """Switch on mmengine's automatic scaling.

    Raises:
        UserError: the config does not say for which batch its learning rate is.
    """
    scaling = config.get('auto_scale_lr') or {}
    if 'base_batch_size' not in scaling:
        raise UserError(
            f'--auto-scale-lr: {config.filename} does not say for which batch its learning rate is: '
            'auto_scale_lr = dict(enable=False, base_batch_size=…)'
        )
    config.auto_scale_lr = dict(scaling, enable=True)


def main() -> None:
    args = parse_args()
    config = launch.load_config(args)
    if args.resume:
        launch.resume_from(config, args.resume)
    if args.auto_scale_lr:
        scale_learning_rate(config)
    if args.amp:
        wrapper = config.optim_wrapper
        if wrapper.get('type', 'OptimWrapper') not in ('OptimWrapper', 'AmpOptimWrapper'):
            raise UserError(f'--amp: {config.filename} has an optim_wrapper of its own, {wrapper.type}')
        config.optim_wrapper = dict(wrapper, type='AmpOptimWrapper', loss_scale=wrapper.get('loss_scale', 'dynamic'))
    runner = launch.build_runner(config)
    launch.start(runner, config, Runner.train)
    print(f'checkpoints and logs: {runner.work_dir}')


if __name__ == '__main__':
    sys.exit(launch.run_tool(main))
