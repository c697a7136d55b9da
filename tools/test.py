"""Evaluate a checkpoint on the test set of its config.

python tools/test.py CONFIG work_dirs/CONFIG_NAME/iter_1000.pth
python tools/test.py CONFIG CHECKPOINT --out predictions.pkl --show-dir pictures --tta
"""

import argparse
import sys
from pathlib import Path

from mmengine.config import Config, ConfigDict
from mmengine.runner import Runner

from mmdatasetdm.engine import launch
from mmdatasetdm.engine.checkpoints import read_checkpoint
from mmdatasetdm.errors import UserError
from mmdatasetdm.utils.options import one_line


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    launch.add_arguments(parser)
    parser.add_argument('checkpoint', help='checkpoint file, or its URL')
    parser.add_argument(
        '--out',
        metavar='PATH',
        help='keep the predictions: FILE.pkl holds all of any task; a folder gets a PNG an image (masks, depth)',
    )
    parser.add_argument('--show-dir', metavar='FOLDER', help='draw labels and predictions of every image there')
    parser.add_argument('--tta', action='store_true', help="test-time augmentation: the config's tta_pipeline")
    return parser.parse_args()


def keep_predictions(config: Config, out: str) -> None:
    """``--out``: a further metric that writes all predictions, or the folder of mmseg's metrics."""
    evaluators = config.test_evaluator if isinstance(config.test_evaluator, list | tuple) else [config.test_evaluator]
    scope = config.get('default_scope')
    if Path(out).suffix in ('.pkl', '.pickle'):
        dump = 'mmdet.DumpDetResults' if scope == 'mmdet' else 'DumpResults'
        config.test_evaluator = [*evaluators, dict(type=dump, out_file_path=out)]
        return
    if scope != 'mmseg':
        raise UserError(f'--out {out}: the predictions of {scope} are kept in one file, FILE.pkl')
    try:
        Path(out).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f'--out {out} cannot be made: {error.strerror}') from error
    config.test_evaluator = [dict(evaluators[0], output_dir=out), *evaluators[1:]]


def draw_predictions(config: Config, folder: str) -> None:
    """``--show-dir``: each library's hook draws, under its own names."""
    where = str(Path(folder).resolve())
    scope = config.get('default_scope')
    types = dict(mmseg='SegVisualizationHook', mmdet='DetVisualizationHook', mmpose='PoseVisualizationHook')
    if scope not in types:
        raise UserError(f'--show-dir: {config.filename} has default_scope {scope!r}; known are {", ".join(types)}')
    hook = config.default_hooks.setdefault('visualization', ConfigDict(type=types[scope]))
    if scope == 'mmpose':
        hook.update(enable=True, out_dir=where, interval=1)
    elif scope == 'mmdet':
        hook.update(draw=True, test_out_dir=where)
    else:
        hook.update(draw=True)
        config.visualizer.save_dir = where


def draw_nothing(config: Config) -> None:
    """A training draws a few of its validation images; the hooks would draw every image of a test."""
    hook = config.get('default_hooks', {}).get('visualization')
    if hook:
        hook.update({key: False for key in ('draw', 'enable') if key in hook})


def augment(config: Config) -> None:
    """``--tta``: the config's ``tta_model`` around its model; mmpose has no such, but flips in the model itself."""
    if config.get('default_scope') == 'mmpose':
        config.model.setdefault('test_cfg', ConfigDict()).flip_test = True
        return
    absent = [key for key in ('tta_model', 'tta_pipeline') if not config.get(key)]
    if absent:
        raise UserError(f'--tta: {config.filename} has no {absent[0]}')
    config.model = ConfigDict(config.tta_model, module=config.model)
    config.test_dataloader.dataset.pipeline = config.tta_pipeline


def main() -> None:
    args = parse_args()
    if '://' not in args.checkpoint:
        read_checkpoint(args.checkpoint, 'cpu')
    config = launch.load_config(args)
    if args.out:
        keep_predictions(config, args.out)
    if args.show_dir:
        draw_predictions(config, args.show_dir)
    else:
        draw_nothing(config)
    if args.tta:
        augment(config)
    config.load_from = None
    runner = launch.build_runner(config, parts=('test',))
    try:
        # mmengine's own loading tolerates what does not fit, and would evaluate random weights
        runner.load_checkpoint(args.checkpoint, strict=True)
    except (RuntimeError, TypeError, AttributeError) as error:
        raise UserError(f'{args.checkpoint} does not fit {args.config}: {one_line(error)}') from error
    launch.start(runner, config, Runner.test)


if __name__ == '__main__':
    sys.exit(launch.run_tool(main))
