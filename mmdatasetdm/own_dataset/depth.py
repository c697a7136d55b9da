"""Depth maps: read as metres, checked and written as training reads them, a table of distances, and the configs."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from mmdatasetdm.errors import UserError
from mmdatasetdm.own_dataset.checks import check_size
from mmdatasetdm.own_dataset.configs import facts_text
from mmdatasetdm.own_dataset.depth_configs import DEPTH_IMAGES, depth_configs
from mmdatasetdm.own_dataset.depth_maps import metres, read_numbers, step_between, unit_of
from mmdatasetdm.own_dataset.generators import settings_of
from mmdatasetdm.own_dataset.samples import LabelledFolder, Sample
from mmdatasetdm.own_dataset.semantic import ask_generator, upright
from mmdatasetdm.own_dataset.sheet import evenly, label_sheet
from mmdatasetdm.utils.io import write_bytes
from mmdatasetdm.visualization.overlay import depth_colours

if TYPE_CHECKING:
    from mmdatasetdm.own_dataset.build import Answers

_LARGEST = 65535  # of 16 bits
# where a decoder's range of depths may end, in metres
_ENDS = (1, 1.5, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100, 120, 150, 200, 250, 300, 400, 500, 1000)
_NEARLY_ALL = 99.9  # percent of the pixels that must lie within the range
_INDOORS = 15.0  # metres; rooms end before
_SAMPLED = 2000  # pixels of an image that the table is made of


def write(found: LabelledFolder, *, name: str, out: Path, answers: Answers) -> tuple[dict[str, str], list[str]]:
    """Write ``depth/``, the lists and ``labels.png`` into ``out``.

    Returns:
        the texts of the configs by the names of their files, and the lines of the table of distances.

    Raises:
        UserError: a depth map is wrong, or nothing says what its numbers mean.
    """
    if answers.background is not None or answers.words or answers.classes:
        raise UserError('--classes, --background and --word are about classes, and depth has none: leave them out')
    unit = unit_of(found, answers.depth_scale)
    found.questions.append(('unit of depth', unit.why, '--depth-scale N, numbers a metre'))
    pixels, unknown, kept = _survey(found, unit.scale)
    empty = [sample for sample in found.samples if sample not in kept]
    if empty:
        found.warnings.append(f'{len(empty)} depth maps hold no depth at all, as {empty[0].label}: left out')
    found.samples = kept
    if not found.of('train') or not found.of('val'):
        raise UserError(f'{found.root}: no depth map of training or validation holds a depth')
    farthest = float(np.percentile(pixels['train'], _NEARLY_ALL))
    max_depth = next((end for end in _ENDS if end >= farthest), _ENDS[-1])
    top = max(float(values.max()) for values in pixels.values())
    # 16 bits hold 65 m in millimetres; KITTI's 256 a metre hold 255 m
    scale = next((one for one in (1000, 256) if top * one < _LARGEST), 64)
    for sample in kept:
        write_depth(out / f'depth/{sample.name}.png', _read(sample, unit.scale), scale)
    for split in ('train', 'val'):
        write_bytes(out / f'{split}.txt', ''.join(f'{sample.name}\n' for sample in found.of(split)).encode())
    _draw(found, out, unit.scale)
    suffix = Counter(sample.image.suffix for sample in kept).most_common(1)[0][0]
    folder = (found.root / found.images).resolve().as_posix()
    indoors = max_depth <= _INDOORS
    prompts = 'nyu' if indoors else 'cityscapes'
    what = 'rooms' if indoors else 'streets'
    shown = f"{what}, for no depth is beyond {max_depth:g} m: the prompts of '{prompts}'"
    found.questions.append(('generated images show', shown, '`prompts` in the facts: a file with a prompt a line'))
    facts: dict[str, dict[str, Any]] = {
        'Where things are.': dict(image_folder=folder, img_suffix=suffix, synthetic_root=f'data/synthetic/{name}'),
        'Draws the images: built in, a diffusers folder or a hub id. Another one needs new configs.': dict(
            generator=answers.generator
        ),
        'Numbers a metre in the 16-bit depth maps, of labelled and generated images; 0 is unknown.': dict(
            depth_scale=scale
        ),
        'Metres at which the range of depths ends.': dict(max_depth=float(max_depth)),
        'What generated images show: a file of prompts, or the name of one that comes with the package.': dict(
            prompts=dict(type='file', path=prompts)
        ),
    }
    ask_generator(found, answers, settings_of(answers.generator))
    files = {
        f'{name}_facts.py': facts_text(name, facts, DEPTH_IMAGES),
        **depth_configs(name, generator=answers.generator, count=len(found.of('train'))),
    }
    return files, [_row(found, split, pixels[split], unknown[split]) for split in ('train', 'val')]


def _survey(found: LabelledFolder, scale: float) -> tuple[dict[str, np.ndarray], dict[str, list[float]], list[Sample]]:
    """Some known depths and the unknown share of each image by part, and the samples that hold any; checks sizes."""
    pixels: dict[str, list[np.ndarray]] = {'train': [], 'val': [], 'test': []}
    unknown: dict[str, list[float]] = {'train': [], 'val': [], 'test': []}
    kept, maps = [], []
    for sample in found.samples:
        depth = _read(sample, scale)
        check_size(sample, depth.shape)
        known = depth[depth > 0]
        if not len(known):
            continue
        kept.append(sample)
        unknown[sample.split].append(1 - len(known) / depth.size)
        # the farthest one too, which the file must be able to hold
        pixels[sample.split].append(np.append(known[:: -(-len(known) // _SAMPLED)], known.max()))
        if len(maps) < 20:
            maps.append(depth)
    if step := step_between(maps):
        found.warnings.append(
            f'depths move in steps of {step * 1000:.0f} mm, as maps do that once had 8 bits: a decoder learns no finer'
        )
    return {split: np.concatenate(values) for split, values in pixels.items() if values}, unknown, kept


def _read(sample: Sample, scale: float) -> np.ndarray:
    assert sample.label is not None
    return metres(read_numbers(sample.label), scale)


def write_depth(path: Path, depth: np.ndarray, scale: float) -> None:
    """Depth (H, W) in metres as a PNG of 16 bits, ``scale`` numbers a metre; 0 stays 0."""
    values = np.rint(depth * scale)
    values = np.where((depth > 0) & (values <= _LARGEST), np.maximum(values, 1), 0).astype(np.uint16)
    file = io.BytesIO()
    Image.fromarray(values).save(file, 'PNG')
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(file.getvalue())


def _row(found: LabelledFolder, split: str, values: np.ndarray, unknown: Sequence[float]) -> str:
    near, middle, far = np.percentile(values, (1, 50, 99))
    return (
        f'{split:>8}  {len(found.of(split)):6} images  {near:.2f} to {far:.2f} m (1 % nearer, 1 % farther), half '
        f'nearer than {middle:.2f} m  {np.mean(unknown):.1%} of the pixels unknown, at most {max(unknown):.1%}'
    )


def _draw(found: LabelledFolder, out: Path, scale: float) -> None:
    """Image and depth side by side: only so a wrong pair is seen."""
    pictures = []
    for index in evenly(len(found.samples), 6):
        sample = found.samples[index]
        pictures.append((sample.name, upright(sample.image)))
        pictures.append((f'depth of {sample.name}', depth_colours(_read(sample, scale).astype(np.float32))))
    near, far = (tuple(int(value) for value in colour) for colour in depth_colours(np.array([[1.0, 2.0]]))[0])
    legend = [('the nearest of an image', near), ('the farthest of an image', far), ('unknown', (0, 0, 0))]
    write_bytes(out / 'labels.png', label_sheet(pictures, legend))
