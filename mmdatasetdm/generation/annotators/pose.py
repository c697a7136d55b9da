"""The pose annotator: finished latents -> keypoints of persons in COCO form."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from mmengine.config import Config
from pycocotools import mask as rle
from torch import Tensor

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.annotators.base import IGNORE, Annotation, Annotator, OnConflict, TaskOptions, finite_rows
from mmdatasetdm.generation.annotators.instance import InstanceAnnotator, encode_mask
from mmdatasetdm.generation.annotators.loading import load_decoder
from mmdatasetdm.generation.annotators.semantic import SemanticAnnotator
from mmdatasetdm.generation.options import NotNegative, Text, checked
from mmdatasetdm.generation.prompts.base import Prompt
from mmdatasetdm.generation.records import Instance, Person
from mmdatasetdm.generation.scores import PoseScores
from mmdatasetdm.registry import ANNOTATORS

if TYPE_CHECKING:
    from mmdatasetdm.models.decode_heads.base import Decoder


@checked
class PoseOptions(TaskOptions):
    """The pose decoder of the recipe.

    It looks for keypoints in the box of each person that the instance decoder found; without one, in the box of the
    semantic labels' person; without either, in the whole image of a prompt with a person.

    Args:
        person: the class that has keypoints.
        box_padding: fraction of a box's size that is added on every side.
        keypoints_padding: where no mask is known the box of the keypoints stands for the person's, widened on every
            side by this fraction of its longer side: head, hands and feet reach beyond the keypoints.
        visible, labelled: a keypoint with a score of ``visible`` or more gets visibility 2, of ``labelled`` or more 1
            (it is there but not clearly seen), else 0.
        mask: visible keypoints that lie outside of the person's mask (the instance decoder's, or else the semantic
            labels' person): 'keep' takes them as they are, 'clip' hides them (visibility 0), 'drop' drops persons with
            more than half of theirs outside.
    """

    person: Text = 'person'
    box_padding: NotNegative = 0.1
    keypoints_padding: NotNegative = 0.08
    visible: NotNegative = 0.3
    labelled: NotNegative = 0.1
    mask: OnConflict = 'keep'

    def __post_init__(self):
        if self.labelled > self.visible:
            raise ValueError(f'labelled {self.labelled:g} is more than visible {self.visible:g}')

    def check_tasks(self, tasks: Collection[str]) -> None:
        if self.mask != 'keep' and not {'instance', 'semantic'} & set(tasks):
            raise UserError(f"recipe: decoders.pose.mask '{self.mask}' needs an instance or a semantic decoder")


class PersonRegion(NamedTuple):
    """Where a person may be.

    mask: (H, W) bool.
    known: the mask is the person's, and not a whole image with a person somewhere.
    uncertain: (H, W) bool, ignored pixels, which may be the person's; None: there are none.
    """

    mask: np.ndarray
    known: bool
    uncertain: np.ndarray | None = None

    def outside(self, keypoints: np.ndarray) -> np.ndarray:
        """Whether each keypoint (K, 2), x and y, lies on a pixel that is surely not the person's: (K,) bool."""
        x, y = keypoints.astype(int).T  # as in COCO's boxes, pixel 3 goes from 3 to 4
        free = ~self.mask if self.uncertain is None else ~(self.mask | self.uncertain)
        return free[y, x]


@ANNOTATORS.register_module('pose')
class PoseAnnotator:
    """The keypoints of persons, from heat maps of the whole image.

    Args:
        model: a DiffusionPoseEstimator, in eval mode, or a DecoderEnsemble of some.
        options: from the recipe.
        category_id: COCO id of the person.
        instance_ids: ids of the instance decoder's categories by name; None where there is none.
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
        instance_ids: Mapping[str, int] | None = None,
        semantic_classes: Sequence[str] | None = None,
    ):
        self.model = model
        self.options = options
        self.category_id = category_id
        self.instance_id: int | None = None
        self.semantic_id: int | None = None
        if instance_ids is not None:
            self.instance_id = self.category_id = self._known(instance_ids, 'instance')
        elif semantic_classes is not None:
            self.semantic_id = self._known({name: i for i, name in enumerate(semantic_classes)}, 'semantic')

    def _known(self, ids: Mapping[str, int], task: str) -> int:
        if self.options.person not in ids:
            raise UserError(f'recipe: decoders.pose.person: the {task} decoder has no class {self.options.person}')
        return ids[self.options.person]

    @classmethod
    def build(
        cls, options: PoseOptions, *, config: Config, device: str, built: Mapping[str, Annotator]
    ) -> PoseAnnotator:
        instance, semantic = built.get('instance'), built.get('semantic')
        return cls(
            model=load_decoder('pose', options, config, device),
            options=options,
            instance_ids=dict(zip(instance.classes, instance.category_ids, strict=True))
            if isinstance(instance, InstanceAnnotator)
            else None,
            semantic_classes=semantic.classes if isinstance(semantic, SemanticAnnotator) else None,
        )

    @property
    def identity(self) -> dict:
        options = asdict(self.options)
        return {
            key: options[key] for key in ('person', 'box_padding', 'keypoints_padding', 'visible', 'labelled', 'mask')
        }

    def check_prompts(self, classes: Sequence[str]) -> None:
        """A prompt without a person gives an image without keypoints."""

    def label(
        self,
        features: Sequence[Tensor],
        prompts: Sequence[Prompt],
        *,
        image_size: tuple[int, int],
        annotations: Mapping[str, Sequence[Annotation]],
        all_classes: Sequence[Tensor] | None = None,
    ) -> list[Annotation]:
        heatmaps = self.model.decode_head.predict_heatmaps(features).float().cpu()
        finite = [
            good and not any(made[row].failure for made in annotations.values())
            for row, good in enumerate(finite_rows(heatmaps))
        ]
        return [
            self._persons(maps, self._regions(row, prompt, image_size, annotations))
            if finite[row]
            else Annotation.failed('the heat maps are not finite')
            for row, (maps, prompt) in enumerate(zip(heatmaps, prompts, strict=True))
        ]

    def _regions(
        self, row: int, prompt: Prompt, size: tuple[int, int], annotations: Mapping[str, Sequence[Annotation]]
    ) -> list[PersonRegion]:
        """Where each person may be, in an image of ``size`` (H, W)."""
        if self.instance_id is not None:
            instances = [one for one in annotations['instance'][row].labels if isinstance(one, Instance)]
            found = [one for one in instances if one.category_id == self.instance_id and not one.iscrowd]
            return [PersonRegion(rle.decode(one.segmentation).astype(bool), known=True) for one in found]
        if self.semantic_id is not None:
            labels = annotations['semantic'][row].label_map
            mask = labels == self.semantic_id
            return [PersonRegion(mask, known=True, uncertain=labels == IGNORE)] if mask.any() else []
        return [PersonRegion(np.ones(size, bool), known=False)] if self.options.person in prompt.classes else []

    def _persons(self, heatmaps: Tensor, regions: Sequence[PersonRegion]) -> Annotation:
        persons, scores, found, kept = [], [], [], []
        for region in regions:
            keypoints, confidences, box = self._keypoints(heatmaps, region.mask)
            seen = confidences >= self.options.visible
            visibility = np.where(seen, 2, np.where(confidences >= self.options.labelled, 1, 0))
            outside = region.outside(keypoints)
            if region.known:
                found += outside[seen].tolist()
            if self.options.mask == 'drop' and outside[seen].sum() > 0.5 * seen.sum():
                continue
            if self.options.mask == 'clip':
                visibility[seen & outside] = 0
            if not visibility.any():
                continue
            if region.known:
                kept += outside[visibility == 2].tolist()
            scores += confidences.tolist()
            if not region.known:
                box = box_of_keypoints(
                    keypoints[visibility > 0], padding=self.options.keypoints_padding, size=region.mask.shape
                )
            persons.append(
                coco_person(region, keypoints, visibility, confidences, box=box, category_id=self.category_id)
            )
        summary = PoseScores(
            persons=len(persons),
            confidence=round(sum(scores) / max(len(scores), 1), 4),
            keypoints_outside_mask=round(sum(found) / len(found), 4) if found else None,
            agreement=round(1 - sum(kept) / len(kept), 4) if kept else None,
        )
        return Annotation(labels=persons, scores=summary)

    def _keypoints(self, heatmaps: Tensor, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Keypoints (K, 2) in pixels, their scores (K,), and the box of ``mask`` that they were sought in (4,)."""
        from mmdatasetdm.models.pose_estimators.diffusion import inside

        codec, (height, width) = self.model.decode_head.codec, mask.shape
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        box = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], float)
        more = self.options.box_padding * (box[2:] - box[:2])
        # of the maps that are there: an image need not have the shape of those in training
        to_input = np.multiply(heatmaps.shape[:0:-1], codec.scale_factor) / (width, height)
        widened = np.concatenate([box[:2] - more, box[2:] + more]) * np.tile(to_input, 2)
        keypoints, confidences = codec.decode(inside(heatmaps, widened, codec.scale_factor).numpy())
        return np.clip(keypoints[0] / to_input, 0, (width - 1, height - 1)), confidences[0], box


def coco_person(
    region: PersonRegion,
    keypoints: np.ndarray,
    visibility: np.ndarray,
    confidences: np.ndarray,
    *,
    box: np.ndarray,
    category_id: int,
) -> Person:
    """The annotation of keypoints (K, 2), their visibilities and scores (K,).

    Its box is ``box`` (x, y, x, y).
    """
    points = np.where(visibility[:, None] > 0, keypoints, 0).round(2)
    return Person(
        category_id=category_id,
        bbox=[round(float(v), 2) for v in (*box[:2], *(box[2:] - box[:2]))],
        area=int(region.mask.sum()) if region.known else round(float(np.prod(box[2:] - box[:2])), 2),
        iscrowd=0,
        segmentation=encode_mask(region.mask) if region.known else None,
        num_keypoints=int((visibility > 0).sum()),
        keypoints=flat(points, visibility),
        keypoint_scores=[round(float(confidence), 4) for confidence in confidences],
    )


def box_of_keypoints(keypoints: np.ndarray, *, padding: float, size: tuple[int, int]) -> np.ndarray:
    """The box (x, y, x, y) of keypoints (K, 2) in an image, widened on every side.

    Args:
        padding: fraction of the box's longer side that is added.
        size: height and width of the image.
    """
    low, high = keypoints.min(0), keypoints.max(0) + 1
    more = padding * (high - low).max()
    return np.concatenate([np.maximum(low - more, 0), np.minimum(high + more, size[::-1])])


def flat(points: np.ndarray, visibility: np.ndarray) -> list[float | int]:
    """Points (K, 2) and visibilities (K,) -> x, y, v, x, y, v, ... as COCO has them."""
    pairs = zip(points.tolist(), visibility.tolist(), strict=True)
    return [value for point, seen in pairs for value in (*point, seen)]


def person_category(pose: PoseAnnotator) -> dict:
    """COCO's category of the person: the keypoints' names and the bones between them, ids from 1."""
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
