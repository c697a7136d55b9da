"""Train the decoders that ship with the built-in generator, one a task, and write them as safetensors.

  python -m projects.toyroom.decoders             # all of them: about half an hour on one core
  python -m projects.toyroom.decoders depth pose  # some

A decoder that is trained already (its last checkpoint is in the work folder) is only written. Each is the last
checkpoint of its config at seed 0; nothing is chosen. Run it again when the generator or a decoder's config changes:
decoders of another generator are refused.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from mmdatasetdm.engine.checkpoints import read_checkpoint, write_weights
from mmdatasetdm.engine.launch import run_tool
from mmdatasetdm.engine.work_dir import last_checkpoint
from mmdatasetdm.errors import UserError
from mmdatasetdm.toyroom.paths import TOYROOM_DECODERS

CONFIGS = dict(
    semantic='configs/datasetdm/datasetdm_toyroom_semantic-phrase-100shot_1xb8-500iters_toyroom-128x128.py',
    instance='configs/datasetdm/datasetdm_toyroom_instance-pixel-50shot_1xb8-300iters_toyroom-128x128.py',
    openvocab='configs/datasetdm/datasetdm_toyroom_openvocab-50shot_1xb8-300iters_toyroom-128x128.py',
    depth='configs/datasetdm/datasetdm_toyroom_depth-200shot_1xb8-500iters_toyroom-128x128.py',
    pose='configs/datasetdm/datasetdm_toyroom_pose-200shot_1xb8-1500iters_toyroom-128x128.py',
)


def make(task: str, *, work: Path, out: Path) -> Path:
    """The file of one decoder, trained if its work folder has no last checkpoint.

    Raises:
        UserError: the training failed.
    """
    folder = work / task
    command = [sys.executable, 'tools/train.py', CONFIGS[task], '--work-dir', str(folder)]
    command += ['--resume', '--cfg-options', 'randomness.seed=0']
    try:
        checkpoint = last_checkpoint(folder, config=CONFIGS[task])
    except UserError:
        if subprocess.run(command).returncode:
            raise UserError(f'the training of the decoder {task} failed; what it said is above') from None
        checkpoint = last_checkpoint(folder, config=CONFIGS[task])
    out.mkdir(parents=True, exist_ok=True)
    path = out / f'{task}.safetensors'
    write_weights(path, read_checkpoint(checkpoint, 'cpu'))
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('tasks', nargs='*', metavar='TASK', help=f'of {", ".join(CONFIGS)}; default: all')
    parser.add_argument('--work', type=Path, default=Path('work_dirs/toyroom_decoders'), help='of the trainings')
    parser.add_argument('--out', type=Path, default=TOYROOM_DECODERS)
    args = parser.parse_args()
    for task in args.tasks:
        if task not in CONFIGS:
            parser.error(f"there is no task '{task}'; there are {', '.join(CONFIGS)}")
    for task in args.tasks or CONFIGS:
        path = make(task, work=args.work, out=args.out)
        print(f'{path}: {path.stat().st_size / 1e6:.1f} MB', flush=True)


if __name__ == '__main__':
    sys.exit(run_tool(main))
