"""Evaluate a checkpoint on the test set of its config.

python tools/test.py CONFIG work_dirs/CONFIG_NAME/iter_1000.pth
"""

import argparse
import sys
from pathlib import Path
from pickle import UnpicklingError

from mmdatasetdm import launch
from mmdatasetdm.errors import UserError


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    launch.add_arguments(parser)
    parser.add_argument('checkpoint', help='checkpoint file, or its URL')
    return parser.parse_args()


def reason(error: Exception) -> str:
    """An error of several lines in one."""
    return ' '.join(str(error).split())[:300]


def main() -> None:
    args = parse_args()
    if '://' not in args.checkpoint and not Path(args.checkpoint).is_file():
        raise UserError(f'{args.checkpoint}: no such checkpoint file')
    config = launch.load_config(args)
    runner = launch.build_runner(config)
    try:
        # mmengine's own loading tolerates what does not fit, and would evaluate random weights
        runner.load_checkpoint(args.checkpoint, strict=True)
    except (UnpicklingError, EOFError) as error:
        raise UserError(f'{args.checkpoint}: not a checkpoint, or not a whole one ({reason(error)})') from error
    except RuntimeError as error:
        raise UserError(f'{args.checkpoint} does not fit {args.config}: {reason(error)}') from error
    runner.test()


if __name__ == '__main__':
    sys.exit(launch.run_tool(main))
