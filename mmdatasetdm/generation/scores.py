"""The scores of a sample, by task: what filters, the report and the manifest read of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class SemanticScores:
    """Of a label map.

    Attributes:
        fractions: class -> fraction of the image's pixels.
        ignored: fraction of pixels that are 255.
        confidence: mean winning probability over all pixels, the ignored ones too.
    """

    fractions: dict[str, float]
    ignored: float
    confidence: float


@dataclass(frozen=True, kw_only=True)
class InstanceScores:
    """Of instances.

    Attributes:
        instances: their number.
        confidence: their mean score.
        found: their classes.
        uncertain: the number of crowds.
        ignored: fraction of the image's pixels that are the crowds'.
        agreement: beside semantic labels, fraction of the instances' pixels that those give to the instance's class;
            ignored ones do not count. None: there is no pixel to judge.
    """

    instances: int
    confidence: float = 0.0
    found: list[str] = field(default_factory=list)
    uncertain: int = 0
    ignored: float = 0.0
    agreement: float | None = None


@dataclass(frozen=True, kw_only=True)
class DepthScores:
    """Of a depth map: metres (None: no pixel is known), and the fraction of pixels without a depth."""

    ignored: float = 0.0
    nearest: float | None = None
    median: float | None = None
    farthest: float | None = None


@dataclass(frozen=True, kw_only=True)
class PoseScores:
    """Of persons with keypoints.

    Attributes:
        persons: their number.
        confidence: mean score of their keypoints.
        agreement: fraction of their visible keypoints that lie in the person's mask, where there is one.
        keypoints_outside_mask: fraction of visible keypoints that did not, before the recipe's ``mask`` option hid or
            dropped any.
    """

    persons: int
    confidence: float = 0.0
    agreement: float | None = None
    keypoints_outside_mask: float | None = None


@dataclass(frozen=True, kw_only=True)
class Scores:
    """A sample's scores by task; None: the recipe has no such decoder. ``others``: of tasks from outside."""

    semantic: SemanticScores | None = None
    instance: InstanceScores | None = None
    depth: DepthScores | None = None
    pose: PoseScores | None = None
    others: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, scores: Mapping[str, Any]) -> Scores:
        """From the scores of each task."""
        own = {one.name for one in fields(cls)} - {'others'}
        others = {
            task: asdict(value) if is_dataclass(value) and not isinstance(value, type) else dict(value)
            for task, value in scores.items()
            if task not in own
        }
        return cls(**{task: value for task, value in scores.items() if task in own}, others=others)

    @property
    def tasks(self) -> list[str]:
        own = [one.name for one in fields(self) if one.name != 'others' and getattr(self, one.name) is not None]
        return [*own, *self.others]


TaskScores = SemanticScores | InstanceScores | DepthScores | PoseScores | Mapping[str, Any]


# the classes of the scores that come with the package, by task
TASK_SCORES = dict(semantic=SemanticScores, instance=InstanceScores, depth=DepthScores, pose=PoseScores)


def numbers(scores: Scores | None) -> dict[str, float]:
    """Every number among a sample's scores, by 'task.name'."""
    own = {task: vars(getattr(scores, task)) for task in scores.tasks if task not in scores.others} if scores else {}
    return {
        f'{task}.{key}': value
        for task, values in {**own, **(scores.others if scores else {})}.items()
        for key, value in values.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
