"""The pose annotator: finished latents -> joints of people in COCO form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from mmengine.config import Config
from pycocotools import mask as rle
from torch import Tensor

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.annotators.base import IGNORE, Annotation, Annotator, finite_rows
from mmdatasetdm.generation.annotators.instance import encode_mask
from mmdatasetdm.generation.annotators.loading import load_decoder
from mmdatasetdm.generation.annotators.options import PoseOptions
from mmdatasetdm.generation.prompts.base import Prompt
from mmdatasetdm.generation.records import PoseScores
from mmdatasetdm.registry import ANNOTATORS

if TYPE_CHECKING:
    from mmdatasetdm.models.decode_heads.base import Decoder


class Place(NamedTuple):
    """Where a person may be.

    mask: (H, W) bool.
    known: the mask is the person's, and not a whole image with a person somewhere.
    unsure: (H, W) bool, pixels of which nobody knows whose they are; None: there are none.
    """

    mask: np.ndarray
    known: bool
    unsure: np.ndarray | None = None

    def outside(self, joints: np.ndarray) -> np.ndarray:
        """Whether each joint (K, 2), x and y, lies on a pixel that is surely not the person's: (K,) bool."""
        x, y = joints.astype(int).T  # as in COCO's boxes, pixel 3 goes from 3 to 4
        free = ~self.mask if self.unsure is None else ~(self.mask | self.unsure)
        return free[y, x]


@ANNOTATORS.register_module('pose')
class PoseAnnotator:
    """The joints of people, from heat maps of the whole image.

    Args:
        model: a DiffusionPoseEstimator, in eval mode, or a DecoderEnsemble of some.
        options: from the recipe.
        category_id: COCO id of the person.
        object_ids: ids of the instance decoder's categories by name; None where there is none.
        semantic_classes: classes of the semantic labels; None where there are none.
    """

    Options = PoseOptions
    needs_all_classes = False

    def __init__(
        self,
        *,
        model: Decoder,
        options: PoseOptions,
        category_id: int = 1,
        object_ids: Mapping[str, int] | None = None,
        semantic_classes: Sequence[str] | None = None,
    ):
        self.model = model
        self.options = options
        self.category_id = category_id
        self.object_id = self.semantic_id = None
        if object_ids is not None:
            self.object_id = self._known(object_ids, 'instance')
            self.category_id = self.object_id
        elif semantic_classes is not None:
            self.semantic_id = self._known({name: i for i, name in enumerate(semantic_classes)}, 'semantic')

    def _known(self, ids: Mapping[str, int], task: str) -> int:
        if self.options.person not in ids:
            raise UserError(f'recipe: decoders.pose.person: the {task} decoder has no class {self.options.person}')
        return ids[self.options.person]

    @classmethod
    def build(
        cls, options: PoseOptions, *, config: Config, device: str, others: Mapping[str, Annotator]
    ) -> PoseAnnotator:
        instance, semantic = others.get('instance'), others.get('semantic')
        return cls(
            model=load_decoder('pose', options, config, device),
            options=options,
            object_ids=dict(zip(instance.classes, instance.category_ids, strict=True)) if instance else None,
            semantic_classes=semantic.classes if semantic else None,
        )

    @property
    def identity(self) -> dict:
        options = asdict(self.options)
        return {key: options[key] for key in ('person', 'margin', 'around', 'visible', 'labelled', 'mask')}

    def check_prompts(self, classes: Sequence[str]) -> None:
        """A prompt without a person gives an image without joints."""

    def label(
        self,
        features: Sequence[Tensor],
        prompts: Sequence[Prompt],
        *,
        image_size: tuple[int, int],
        others: Mapping[str, Sequence[Annotation]],
        all_classes: Sequence[Tensor] | None = None,
    ) -> list[Annotation]:
        heatmaps = self.model.decode_head.predict_heatmaps(features).float().cpu()
        finite = [
            good and not any(annotations[row].failure for annotations in others.values())
            for row, good in enumerate(finite_rows(heatmaps))
        ]
        return [
            self._people(maps, self._masks(row, prompt, image_size, others))
            if finite[row]
            else Annotation.failed('the heat maps are not finite')
            for row, (maps, prompt) in enumerate(zip(heatmaps, prompts, strict=True))
        ]

    def _masks(
        self, row: int, prompt: Prompt, size: tuple[int, int], others: Mapping[str, Sequence[Annotation]]
    ) -> list[Place]:
        """Where each person may be, in an image of ``size`` (H, W)."""
        if self.object_id is not None:
            objects = others['instance'][row].labels
            found = [one for one in objects if one['category_id'] == self.object_id and not one['iscrowd']]
            return [Place(rle.decode(one['segmentation']).astype(bool), known=True) for one in found]
        if self.semantic_id is not None:
            labels = others['semantic'][row].labels
            mask = labels == self.semantic_id
            return [Place(mask, known=True, unsure=labels == IGNORE)] if mask.any() else []
        return [Place(np.ones(size, bool), known=False)] if self.options.person in prompt.classes else []

    def _people(self, heatmaps: Tensor, places: Sequence[Place]) -> Annotation:
        persons, scores, found, kept = [], [], [], []
        for place in places:
            joints, chances, box = self._joints(heatmaps, place.mask)
            seen = chances >= self.options.visible
            visibility = np.where(seen, 2, np.where(chances >= self.options.labelled, 1, 0))
            outside = place.outside(joints)
            if place.known:
                found += outside[seen].tolist()
            if self.options.mask == 'drop' and outside[seen].sum() > 0.5 * seen.sum():
                continue
            if self.options.mask == 'clip':
                visibility[seen & outside] = 0
            if not visibility.any():
                continue
            if place.known:
                kept += outside[visibility == 2].tolist()
            scores += chances.tolist()
            if not place.known:
                box = box_of_joints(joints[visibility > 0], around=self.options.around, size=place.mask.shape)
            persons.append(coco_person(place, joints, visibility, chances, box=box, category_id=self.category_id))
        summary = PoseScores(
            persons=len(persons),
            confidence=round(sum(scores) / max(len(scores), 1), 4),
            keypoints_outside_mask=round(sum(found) / len(found), 4) if found else None,
            agreement=round(1 - sum(kept) / len(kept), 4) if kept else None,
        )
        return Annotation(labels=persons, scores=summary)

    def _joints(self, heatmaps: Tensor, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Joints (K, 2) in pixels, their scores (K,), and the box of ``mask`` that they were sought in (4,)."""
        from mmdatasetdm.models.pose_estimators.diffusion import inside

        codec, (height, width) = self.model.decode_head.codec, mask.shape
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        box = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], float)
        more = self.options.margin * (box[2:] - box[:2])
        # of the maps that are there: an image need not have the shape of those in training
        to_input = np.multiply(heatmaps.shape[:0:-1], codec.scale_factor) / (width, height)
        around = np.concatenate([box[:2] - more, box[2:] + more]) * np.tile(to_input, 2)
        joints, chances = codec.decode(inside(heatmaps, around, codec.scale_factor).numpy())
        return np.clip(joints[0] / to_input, 0, (width - 1, height - 1)), chances[0], box


def coco_person(
    place: Place,
    joints: np.ndarray,
    visibility: np.ndarray,
    chances: np.ndarray,
    *,
    box: np.ndarray,
    category_id: int,
) -> dict:
    """A COCO annotation, without its ids, of joints (K, 2), their visibilities and scores (K,).

    Its box is ``box`` (x, y, x, y).
    """
    points = np.where(visibility[:, None] > 0, joints, 0).round(2)
    outline = dict(segmentation=encode_mask(place.mask)) if place.known else {}
    return dict(
        category_id=category_id,
        bbox=[round(float(v), 2) for v in (*box[:2], *(box[2:] - box[:2]))],
        area=int(place.mask.sum()) if place.known else round(float(np.prod(box[2:] - box[:2])), 2),
        iscrowd=0,
        **outline,
        num_keypoints=int((visibility > 0).sum()),
        keypoints=flat(points, visibility),
        keypoint_scores=[round(float(chance), 4) for chance in chances],
    )


def box_of_joints(joints: np.ndarray, *, around: float, size: tuple[int, int]) -> np.ndarray:
    """The box (x, y, x, y) of joints (K, 2) in an image of ``size`` (H, W), wider by ``around`` of its longer side."""
    low, high = joints.min(0), joints.max(0) + 1
    more = around * (high - low).max()
    return np.concatenate([np.maximum(low - more, 0), np.minimum(high + more, size[::-1])])


def flat(points: np.ndarray, visibility: np.ndarray) -> list[float | int]:
    """Points (K, 2) and visibilities (K,) -> x, y, v, x, y, v, ... as COCO has them."""
    pairs = zip(points.tolist(), visibility.tolist(), strict=True)
    return [value for point, seen in pairs for value in (*point, seen)]


def person_category(pose: PoseAnnotator) -> dict:
    """COCO's category of the person: the joints' names and the bones between them, ids from 1."""
    meta = pose.model.dataset_meta or {}
    names = meta.get('keypoint_id2name', {})
    bones = meta.get('skeleton_links', ())
    return dict(
        id=pose.category_id,
        name=pose.options.person,
        supercategory=pose.options.person,  # as COCO's own files have it: mmpose compares the categories of two files
        keypoints=[names[index] for index in range(len(names))],
        skeleton=[[int(start) + 1, int(end) + 1] for start, end in bones],
    )
