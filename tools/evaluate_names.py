"""How much a decoder needs to be told: it is evaluated with texts that name all of what an image shows, a random half
of it, or nothing, and the results stand side by side.

    python tools/evaluate_names.py CONFIG work_dirs/CONFIG_NAME
    python tools/evaluate_names.py CONFIG CHECKPOINT --split test --texts told untold

told: the names of all classes that the image shows; half: of a random half of them; untold: nothing is known of the
image, and the text names all classes; nothing: the text names none.
"""

import argparse
import sys
from pathlib import Path

from mmengine.config import Config

from mmdatasetdm.engine import launch
from mmdatasetdm.engine.checkpoints import read_checkpoint
from mmdatasetdm.engine.work_dir import last_checkpoint
from mmdatasetdm.errors import UserError
from mmdatasetdm.evaluation.named_classes import TEXTS, with_text
from mmdatasetdm.utils.options import one_line


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    launch.add_arguments(parser)
    parser.add_argument('checkpoint', help='checkpoint file, or the work folder of the training')
    parser.add_argument('--split', choices=('val', 'test'), default='val', help='whose images (%(default)s)')
    parser.add_argument(
        '--texts',
        nargs='+',
        choices=TEXTS,
        default=['told', 'half', 'untold'],
        help='what the texts name (%(default)s)',
    )
    return parser.parse_args()


def evaluate(config: Config, checkpoint: Path, kind: str) -> dict[str, float]:
    """All metrics of a config's test."""
    config.experiment_name = f'{Path(config.filename).stem}_{kind}'
    config.load_from = None
    runner = launch.build_runner(config, parts=('test',))
    try:
        runner.load_checkpoint(str(checkpoint), strict=True)
    except (RuntimeError, TypeError, AttributeError) as error:
        raise UserError(f'{checkpoint} does not fit {config.filename}: {one_line(error)}') from error
    found: dict[str, float] = {}
    launch.start(runner, config, lambda runner: found.update(runner.test()))
    return found


def table(columns: dict[str, dict[str, float]]) -> str:
    """Metrics by texts, in Markdown."""
    names = list(dict.fromkeys(name for metrics in columns.values() for name in metrics))
    rows = [['', *columns], ['---'] * (1 + len(columns))]
    for name in names:
        rows.append([name, *(f'{metrics[name]:.4g}' if name in metrics else '' for metrics in columns.values())])
    return '\n'.join(f'| {" | ".join(row)} |' for row in rows)


def main() -> None:
    args = parse_args()
    given = Path(args.checkpoint)
    checkpoint = last_checkpoint(given, config=args.config) if given.is_dir() else given
    read_checkpoint(checkpoint, 'cpu')
    config = launch.load_config(args)
    configs = {kind: with_text(config, kind, split=args.split) for kind in args.texts}
    columns = {kind: evaluate(one, checkpoint, kind) for kind, one in configs.items()}
    print(f'{checkpoint}, images: {args.split}\n\n{table(columns)}')


if __name__ == '__main__':
    sys.exit(launch.run_tool(main))
