"""The pose annotator: finished latents -> joints of people in COCO form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np
from pycocotools import mask as rle
from torch import Tensor, nn

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.annotators import Annotation
from mmdatasetdm.generation.prompts import Prompt
from mmdatasetdm.generation.recipe import PoseOptions


class PoseAnnotator:
    """The joints of people, from heat maps of the whole image.

    Args:
        model: a DiffusionPoseEstimator, in eval mode.
        options: from the recipe.
        category_id: COCO id of the person.
        object_ids: ids of the instance decoder's categories by name; None where there is none.
        semantic_classes: classes of the semantic labels; None where there are none.
    """

    def __init__(
        self,
        *,
        model: nn.Module,
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

    @property
    def identity(self) -> dict:
        options = asdict(self.options)
        return {key: options[key] for key in ('person', 'margin', 'visible', 'labelled')}

    def check_prompts(self, classes: Sequence[str]) -> None:
        """A prompt without a person gives an image without joints."""

    def label(
        self,
        features: Sequence[Tensor],
        prompts: Sequence[Prompt],
        *,
        image_size: tuple[int, int],
        others: Mapping[str, Sequence[Annotation]],
    ) -> list[Annotation]:
        heatmaps = self.model.predict_heatmaps(features).float().cpu()
        return [
            self._people(maps, self._masks(row, prompt, image_size, others))
            for row, (maps, prompt) in enumerate(zip(heatmaps, prompts, strict=True))
        ]

    def _masks(
        self, row: int, prompt: Prompt, size: tuple[int, int], others: Mapping[str, Sequence[Annotation]]
    ) -> list[tuple[np.ndarray, bool]]:
        """Where each person may be (H, W), and whether that is a mask of the person or no more than a guess."""
        if self.object_id is not None:
            found = [one for one in others['instance'][row].labels if one['category_id'] == self.object_id]
            return [(rle.decode(one['segmentation']).astype(bool), True) for one in found]
        if self.semantic_id is not None:
            mask = others['semantic'][row].labels == self.semantic_id
            return [(mask, True)] if mask.any() else []
        return [(np.ones(size, bool), False)] if self.options.person in prompt.classes else []

    def _people(self, heatmaps: Tensor, places: Sequence[tuple[np.ndarray, bool]]) -> Annotation:
        from mmdatasetdm.models.pose import inside

        codec, people, scores, hits = self.model.head.decoder, [], [], []
        for mask, known in places:
            height, width = mask.shape
            rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
            box = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], float)
            more = self.options.margin * (box[2:] - box[:2])
            to_input = np.asarray(codec.input_size) / (width, height)
            around = np.concatenate([box[:2] - more, box[2:] + more]) * np.tile(to_input, 2)
            joints, chances = codec.decode(inside(heatmaps, around, codec.scale_factor).numpy())
            joints, chances = joints[0] / to_input, chances[0]
            visibility = np.where(
                chances >= self.options.visible, 2, np.where(chances >= self.options.labelled, 1, 0)
            )
            if not visibility.any():
                continue
            joints = np.clip(joints, 0, (width - 1, height - 1))
            if known:
                seen = joints[visibility == 2].astype(int)
                hits += mask[seen[:, 1], seen[:, 0]].tolist()
            else:
                there = joints[visibility > 0]
                box = np.concatenate([there.min(0), there.max(0) + 1])
            points = np.where(visibility[:, None] > 0, joints, 0).round(2)
            scores += chances.tolist()
            people.append(
                dict(
                    category_id=self.category_id,
                    bbox=[round(float(v), 2) for v in (*box[:2], *(box[2:] - box[:2]))],
                    area=int(mask.sum()) if known else round(float(np.prod(box[2:] - box[:2])), 2),
                    iscrowd=0,
                    num_keypoints=int((visibility > 0).sum()),
                    keypoints=flat(points, visibility),
                    keypoint_scores=[round(float(chance), 4) for chance in chances],
                )
            )
        summary = dict(people=len(people), confidence=round(sum(scores) / max(len(scores), 1), 4))
        if hits:
            summary['agreement'] = round(sum(hits) / len(hits), 4)
        return Annotation(labels=people, scores=summary)


def flat(points: np.ndarray, visibility: np.ndarray) -> list[float | int]:
    """Points (K, 2) and visibilities (K,) -> x, y, v, x, y, v, ... as COCO has them."""
    pairs = zip(points.tolist(), visibility.tolist(), strict=True)
    return [value for point, seen in pairs for value in (*point, seen)]
