"""Persons, or other objects of one kind, with keypoints: a COCO file for each part, the table, and the configs."""

from __future__ import annotations

import json
import numbers
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.annotators.pose import box_of_keypoints
from mmdatasetdm.generation.records import Person
from mmdatasetdm.own_dataset.checks import check_classes, check_size
from mmdatasetdm.own_dataset.configs import facts_text
from mmdatasetdm.own_dataset.pose_configs import POSE_IMAGES, pose_configs
from mmdatasetdm.own_dataset.prompts import is_person
from mmdatasetdm.own_dataset.samples import Annotation, LabelledFolder, Sample
from mmdatasetdm.own_dataset.semantic import facts_of, upright
from mmdatasetdm.own_dataset.sheet import evenly, label_sheet
from mmdatasetdm.utils.io import write_bytes
from mmdatasetdm.visualization.overlay import draw_keypoints

if TYPE_CHECKING:
    from mmdatasetdm.own_dataset.build import Answers

# of COCO's evaluation: how far people set a keypoint from one another, as a fraction of the person's size
_UPPER = dict(nose=0.026, eye=0.025, ear=0.035, shoulder=0.079, elbow=0.072, wrist=0.062)
_LOWER = dict(hip=0.107, knee=0.087, ankle=0.089)
_SIGMA = 0.05  # of a keypoint that COCO does not have
_SIDE = re.compile(r'\b(left|right|l|r)\b|^(left|right)')
_PADDING = 0.08  # of a box that is made of keypoints: hands and feet reach beyond them
_SHOWN = 250  # pixels of the longer side that a picture is shrunk to, so that bones are wide enough to be seen


def write(found: LabelledFolder, *, name: str, out: Path, answers: Answers) -> tuple[dict[str, str], list[str]]:
    """Write ``keypoints_train.json``, ``keypoints_val.json`` and ``labels.png`` into ``out``.

    Returns:
        the texts of the configs by the names of their files, and the lines of the table of keypoints.

    Raises:
        UserError: a label is wrong.
    """
    if wrong := next((one for one in answers.words if one not in found.classes), None):
        raise UserError(f'--word {wrong}: there is no such class; known are {", ".join(found.classes)}')
    if answers.background not in (None, 'none'):
        raise UserError(f'--background {answers.background}: persons have none; leave it out')
    images, persons = np.zeros(1, int), 0
    labelled = np.zeros(len(found.keypoints), int)
    _check(found)
    for sample in found.of('train'):
        images[0] += bool(sample.annotations)
        persons += len(sample.annotations)
        for one in sample.annotations:
            labelled += np.asarray(one.keypoints[2::3]) > 0
    check_classes(found, images, background=None, empty=[sample for sample in found.samples if not sample.annotations])
    if absent := [one for one, number in zip(found.keypoints, labelled, strict=True) if not number]:
        found.warnings.append(f'no training image has a labelled {", ".join(absent[:6])}: a decoder cannot learn it')
    for split in ('train', 'val'):
        write_bytes(out / f'keypoints_{split}.json', json.dumps(_coco(found, found.of(split))).encode())
    drawn = [found.samples[index] for index in evenly(len(found.samples))]
    write_bytes(out / 'labels.png', label_sheet([(one.name, _picture(one, found.skeleton)) for one in drawn], []))
    theme = 'pose' if is_person(answers.words.get(found.classes[0], found.classes[0])) else None
    facts, table = facts_of(found, name, answers, background=None, often=[], out=out, theme=theme)
    facts = _of_persons(facts) | keypoint_facts(found)
    files = {
        f'{name}_facts.py': facts_text(name, facts, POSE_IMAGES.replace('NAME', name)),
        **pose_configs(name, generator=answers.generator, count=len(found.of('train'))),
    }
    person = found.classes[0]
    rows = [f'{"":4}  {person:24.24}  {images[0]:6} images  {persons:6} with keypoints  {table[person]}']
    rows += [
        f'{index:4}  {one:24.24}  {labelled[index]:6} labelled, {labelled[index] / max(1, persons):.0%}'
        for index, one in enumerate(found.keypoints)
    ]
    return files, rows


def mirrored(names: Sequence[str]) -> list[list[str]]:
    """Pairs of keypoints that a mirror image exchanges, by their names: 'left_eye' and 'right_eye', or 'LEye'."""
    pairs: dict[str, dict[str, str]] = {}
    for name in names:
        words = _words(name)
        if side := _SIDE.search(words):
            rest = f'{words[: side.start()]}?{words[side.end() :]}'
            pairs.setdefault(rest, {})[side.group()[0]] = name
    return [[pair['l'], pair['r']] for pair in pairs.values() if len(pair) == 2]


def _words(name: str) -> str:
    """A name in small letters, with spaces between its words, and before its numbers."""
    return ' '.join(re.findall(r'[A-Z]?[a-z]+|[A-Z](?![a-z])|\d+', name)).lower()


def keypoint_facts(found: LabelledFolder) -> dict[str, dict[str, Any]]:
    """Names, mirror pairs, skeleton and sigmas, under the comments that explain them; notes say what was taken."""
    names = found.keypoints
    pairs = mirrored(names) if found.swap is None else found.swap
    paired = {one: other for pair in pairs for one, other in (pair, pair[::-1])}
    if found.swap is not None:
        found.notes.append('which keypoints a mirror image exchanges is taken from the labels (`flip_pairs`)')
    elif alone := [one for one in names if _SIDE.search(_words(one)) and one not in paired]:
        found.warnings.append(f'{alone[0]} has no keypoint of the other side: a mirror image keeps its name')
    elif not pairs and len(names) > 1:
        found.notes.append('no keypoints are called left and right: a mirror image keeps their names (`flip_pairs`)')
    parts = {one: _SIDE.sub('', _words(one)).strip() for one in names}
    known = _UPPER | _LOWER
    if other := [one for one in names if parts[one] not in known]:
        found.notes.append(f'COCO does not say how exact {", ".join(other[:6])} can be set: `sigmas` has {_SIGMA}')
    return {
        'In the order of the labels.': dict(keypoints=names),
        'Which keypoints a mirror image exchanges, and between which bones are drawn.': dict(
            flip_pairs=pairs, skeleton=[[names[end - 1] for end in bone] for bone in found.skeleton]
        ),
        'How exact people set each keypoint, as a fraction of the size; the evaluation counts distances in it.': dict(
            sigmas=[known.get(parts[one], _SIGMA) for one in names]
        ),
        'Halves of a body, which training sometimes shows alone.': dict(
            upper_body=[one for one in names if parts[one] in _UPPER],
            lower_body=[one for one in names if parts[one] in _LOWER],
        ),
    }


def _of_persons(facts: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What persons need of the facts: every crop shows one, so its text is always the same."""
    unused = ('img_suffix', 'prompt_template', 'unnamed', 'class_prompts', 'background')
    comments = dict(class_names='What has keypoints.', words='What a decoder is told of every crop; no words: nothing.')
    kept = {}
    for comment, values in facts.items():
        left = {key: value for key, value in values.items() if key not in unused}
        if left:
            kept[next((comments[key] for key in left if key in comments), comment)] = left
    return kept


def _check(found: LabelledFolder) -> None:
    """Check every person, and leave out those that teach nothing, as mmpose does, but say so."""
    crowds, bare, outside = 0, 0, []
    boxes = 0
    for sample in found.samples:
        assert sample.size is not None
        check_size(sample, sample.size)
        kept = []
        for one in sample.annotations:
            if one.iscrowd:
                crowds += 1
                continue
            points = _points(one, found.keypoints) if one.keypoints else np.zeros((len(found.keypoints), 3))
            beyond = (points[:, 2] > 0) & ((points[:, :2] < 0) | (points[:, :2] > sample.size[::-1])).any(1)
            outside += [f'{found.keypoints[index]} of {one.where}' for index in np.flatnonzero(beyond)]
            points[beyond | (points[:, 2] == 0)] = 0
            if not points.any():
                bare += 1
                continue
            one.keypoints = [int(value) if i % 3 == 2 else float(value) for i, value in enumerate(points.ravel())]
            if one.bbox[2] < 1 or one.bbox[3] < 1:
                boxes += 1
                low_x, low_y, high_x, high_y = box_of_keypoints(
                    points[points[:, 2] > 0, :2], padding=_PADDING, size=sample.size
                ).tolist()
                one.bbox = [low_x, low_y, high_x - low_x, high_y - low_y]
            one.area = one.area if one.area > 0 else one.bbox[2] * one.bbox[3]
            kept.append(one)
        sample.annotations = kept
    if crowds or bare:
        found.notes.append(f'left out: {bare} persons without a labelled keypoint, {crowds} crowds')
    if boxes:
        found.notes.append(f'{boxes} persons have no box: it is made of their keypoints')
    if outside:
        found.warnings.append(
            f'{len(outside)} keypoints lie outside of their image, as the {outside[0]}: taken for not labelled'
        )


def _points(one: Annotation, names: Sequence[str]) -> np.ndarray:
    """(K, 3): x, y, visibility."""
    good = all(isinstance(value, numbers.Real) for value in one.keypoints)
    if not good or len(one.keypoints) != 3 * len(names):
        raise UserError(
            f'{one.where}: {len(one.keypoints)} values in "keypoints"; expected {3 * len(names)} numbers, x, y and '
            f'visibility of each of {len(names)}'
        )
    points = np.array(one.keypoints, float).reshape(-1, 3)
    if not np.isfinite(points).all() or not np.isin(points[:, 2], (0, 1, 2)).all():
        wrong = next(i for i, row in enumerate(points) if not np.isfinite(row).all() or row[2] not in (0, 1, 2))
        raise UserError(
            f'{one.where}: {names[wrong]} is {points[wrong].tolist()}; expected x, y, and 0 (not labelled), 1 (hidden) '
            'or 2 (visible)'
        )
    return points


def _coco(found: LabelledFolder, samples: list[Sample]) -> dict[str, Any]:
    """A COCO file's content; the category's id is 1, as the generated images have it."""
    images, annotations = [], []
    for number, sample in enumerate(samples, start=1):
        assert sample.size is not None
        file = sample.image.relative_to(found.root / found.images).as_posix()
        images.append(dict(id=number, file_name=file, height=sample.size[0], width=sample.size[1]))
        for one in sample.annotations:
            person = dict(id=len(annotations) + 1, image_id=number, category_id=1, iscrowd=0)
            person |= dict(bbox=one.bbox, area=one.area, keypoints=one.keypoints)
            annotations.append(person | dict(num_keypoints=sum(value > 0 for value in one.keypoints[2::3])))
    category = dict(id=1, name=found.classes[0], supercategory=found.classes[0])
    return dict(
        images=images,
        annotations=annotations,
        categories=[category | dict(keypoints=found.keypoints, skeleton=found.skeleton)],
    )


def _picture(sample: Sample, skeleton: Sequence[Sequence[int]]) -> np.ndarray:
    image = Image.fromarray(upright(sample.image))
    scale = min(1.0, _SHOWN / max(image.size))
    image = image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))))
    persons = [
        Person(
            category_id=1,
            bbox=one.bbox,
            area=one.area,
            iscrowd=0,
            segmentation=None,
            num_keypoints=sum(value > 0 for value in one.keypoints[2::3]),
            keypoints=[value if i % 3 == 2 else value * scale for i, value in enumerate(one.keypoints)],
            keypoint_scores=[],
        )
        for one in sample.annotations
    ]
    return draw_keypoints(np.asarray(image), persons, skeleton)
