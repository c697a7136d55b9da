"""Measure all that the documentation claims of the built-in world, and write the pages.

  python -m projects.toyroom.evidence              # every study that is not finished yet: many hours on two cores
  python -m projects.toyroom.evidence semantic pose*  # some
  python -m projects.toyroom.evidence --list       # the command of each

Each is a command of tools/study.py, which resumes after a stop and keeps what it finished in ``work_dirs/evidence``.
A finished study's results.json goes to ``docs/results/NAME.json``, and the pages are written from these.
"""

import argparse
import fnmatch
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from mmdatasetdm.engine.launch import run_tool
from mmdatasetdm.errors import UserError
from mmdatasetdm.study import write_pages

REPOSITORY = Path(__file__).resolve().parents[2]
WORK = 'work_dirs/evidence'
# The images that the studies of whole rooms label anew: those of the semantic study, with their latents.
IMAGES = f'--images {WORK}/semantic/synthetic/20_seed0'
# One number of labels, one seed, and the images of the semantic study: what a change of decoder or labels does.
ABLATION = f'toyroom_semantic --labels 20 --seeds 0 --settings real+synthetic {IMAGES}'
PIXEL = 'toyroom_semantic_pixel --labels 20 --seeds 0 --settings real+synthetic ' + IMAGES
DROPPED = 'train_dataloader.dataset.pipeline.2.transforms.4'  # DropClassNames
PROMPTS = 'toyroom_semantic --labels 20 --settings real+synthetic --recipe-options'
FILTERS = (
    f'toyroom_semantic --labels 20 --settings real+synthetic {IMAGES} '
    '--recipe configs/generate/toyroom_semantic_filters.py'
)
BACKBONE, LABELS = 'model.backbone', 'decoders.semantic'

STUDIES = dict(
    semantic='toyroom_semantic --labels 20 --also-test street val',
    semantic_100=f'toyroom_semantic --labels 100 --also-test street val {IMAGES}',
    semantic_100_3to1='toyroom_semantic --labels 100 --settings real real+synthetic --ratio 3 1 '
    f'--also-test street val {IMAGES}',
    instance=f'toyroom_instance --labels 20 100 --iterations 3000 --also-test street val {IMAGES}',
    depth=f'toyroom_depth --labels 20 200 --iterations 1200 --also-test street val {IMAGES}',
    pose='toyroom_pose --labels 50 200 --num 4000 --also-test street val',
    openvocab=f'toyroom_openvocab --labels 50 200 --iterations 1200 --unseen table plant bed {IMAGES}',
    openvocab_2=f'toyroom_openvocab --labels 50 200 --iterations 1200 --unseen sofa ball dog {IMAGES}',
    models='toyroom_semantic --models mobilenet deeplabv3 mask2former --labels 20 --seeds 0 '
    f'--settings real real+synthetic --iterations 1000 --also-test street {IMAGES}',
    models_pose='toyroom_pose --models hrnet --labels 50 --seeds 0 --settings real real+synthetic '
    f'--images {WORK}/pose/synthetic/50_seed0 --num 4000',
    size='toyroom_size --seeds 0',
    labels='toyroom_semantic --labels 10 50 200 --seeds 0 --settings real real+synthetic ' + IMAGES,
    prompts_names=f'{PROMPTS} prompts.counts=[1] prompts.colours=0 prompts.near=0',
    prompts_rich=f'{PROMPTS} prompts.counts=[0.28,0.36,0.24,0.12] prompts.colours=1',
    prompts_unbalanced=f'{PROMPTS} prompts.weights.person=5 prompts.weights.chair=3 prompts.weights.table=3',
    prompts_rare=f'{PROMPTS} prompts.weights.vase=3 prompts.weights.dog=3 prompts.weights.ball=3',
    filters_none=FILTERS,
    filters_recall=f'{FILTERS} --recipe-options filters.0.min_recall=1',
    filters_confidence=f'{FILTERS} --recipe-options filters.1.at_least=0.85',
    filters_ignored=f'{FILTERS} --recipe-options filters.2.at_most=0.1',
    filters_presence=f'{FILTERS} --recipe-options filters.3.at_least=0.7',
    filters_best=f'{FILTERS} --recipe-options filters.4.share=0.5',
    filters_balance=f'{FILTERS} --recipe-options filters.5.ratio=1.2',
    filters_all=f'{FILTERS} --recipe-options filters.0.min_recall=1 filters.1.at_least=0.85 filters.5.ratio=1.2',
    ablation_timestep_20=f'{ABLATION} --decoder-options {BACKBONE}.timestep=20',
    ablation_timestep_50=f'{ABLATION} --decoder-options {BACKBONE}.timestep=50',
    ablation_timestep_200=f'{ABLATION} --decoder-options {BACKBONE}.timestep=200',
    ablation_timestep_400=f'{ABLATION} --decoder-options {BACKBONE}.timestep=400',
    ablation_pixel=PIXEL,
    ablation_tokens=f'{PIXEL} --decoder-options {BACKBONE}.class_phrases=[]',
    ablation_no_attention=f'{PIXEL} --decoder-options {BACKBONE}.class_phrases=[] {BACKBONE}.with_attention=False',
    ablation_queries=f'toyroom_semantic_queries --labels 20 --seeds 0 --settings real+synthetic {IMAGES}',
    ablation_both_passes=f'{ABLATION} --decoder-options {BACKBONE}.with_uncond=True',
    ablation_fine=f'{ABLATION} --decoder-options "{BACKBONE}.vae_strides=(4,2)" '
    '"model.decode_head.pixel_decoder.fine_channels=(32,64)" '
    '"model.decode_head.pixel_decoder.upsample=()" "model.decode_head.pixel_decoder.upsample_channels=()"',
    ablation_all_names=f'{ABLATION} --decoder-options {DROPPED}.some=0 {DROPPED}.none=0 {DROPPED}.unknown=0',
    ablation_ignore_0=f'{ABLATION} --recipe-options {LABELS}.ignore.score=0',
    ablation_ignore_70=f'{ABLATION} --recipe-options {LABELS}.ignore.score=0.7',
    ablation_ignore_90=f'{ABLATION} --recipe-options {LABELS}.ignore.score=0.9',
    ablation_no_filter=f'{ABLATION} --recipe-options filters=[]',
    ablation_ensemble=f'{ABLATION} --decoders 3',
)


def command(name: str) -> list[str]:
    """The words of tools/study.py."""
    config, *options = shlex.split(STUDIES[name])
    return [f'configs/studies/{config}.py', *options, '--out', f'{WORK}/{name}']


def measure(name: str) -> None:
    """Run a study, and keep its numbers.

    Raises:
        UserError: a step failed.
    """
    words = command(name)
    if subprocess.run([sys.executable, 'tools/study.py', *words], cwd=REPOSITORY).returncode:
        raise UserError(f'the study {name} stopped; what it said is above')
    results = REPOSITORY / 'docs/results'
    results.mkdir(exist_ok=True)
    shutil.copyfile(REPOSITORY / WORK / name / 'results.json', results / f'{name}.json')


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('names', nargs='*', default=['*'], help='studies, by name or pattern (all)')
    parser.add_argument('--list', action='store_true', help='print the commands, run none')
    args = parser.parse_args()
    chosen = [name for name in STUDIES if any(fnmatch.fnmatch(name, pattern) for pattern in args.names)]
    if not chosen:
        raise UserError(f'there is no study {" ".join(args.names)}; there are {", ".join(STUDIES)}')
    for name in chosen:
        if args.list:
            print(shlex.join(['python', 'tools/study.py', *command(name)]))
        else:
            measure(name)
    if not args.list:
        write_pages(REPOSITORY)


if __name__ == '__main__':
    sys.exit(run_tool(main))
