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
        uncertainty: mean entropy of the pixels' class probabilities, as a fraction of the greatest one; 0 is sure.
        presence: mean over the prompted classes of the highest probability that any pixel has of the class; None: the
            prompt names none.
        disagreement: of several decoders, the mean Jensen-Shannon divergence of their class probabilities, as a
            fraction of the greatest one; None: there is one decoder.
    """

    fractions: dict[str, float]
    ignored: float
    confidence: float
    uncertainty: float | None = None
    presence: float | None = None
    disagreement: float | None = None


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
        counts: class -> number of its instances.
    """

    instances: int
    confidence: float = 0.0
    found: list[str] = field(default_factory=list)
    uncertain: int = 0
    ignored: float = 0.0
    agreement: float | None = None
    counts: dict[str, int] = field(default_factory=dict)


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
class ImageScores:
    """Of the image itself, whatever its labels; ``tools/score.py`` computes them.

    Attributes:
        phash: perceptual hash of 64 bits, in hex.
        clip: cosine between CLIP's embeddings of image and prompt; None: no CLIP was given.
        labelled, validation: how similar the most similar labelled or validation image is: fraction of equal bits of
            the perceptual hashes; a random pair has about 0.5. None: no such images were given.
        labelled_clip, validation_clip: the same as cosine of CLIP's embeddings.
    """

    phash: str
    clip: float | None = None
    labelled: float | None = None
    validation: float | None = None
    labelled_clip: float | None = None
    validation_clip: float | None = None


@dataclass(frozen=True, kw_only=True)
class Scores:
    """A sample's scores by task; None: the recipe has no such decoder. ``others``: of tasks from outside.

    ``image`` is of no decoder: its scores are computed of the finished image, if at all.
    """

    semantic: SemanticScores | None = None
    instance: InstanceScores | None = None
    depth: DepthScores | None = None
    pose: PoseScores | None = None
    image: ImageScores | None = None
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
        """Those that have scores, ``image`` among them."""
        own = [one.name for one in fields(self) if one.name != 'others' and getattr(self, one.name) is not None]
        return [*own, *self.others]


TaskScores = SemanticScores | InstanceScores | DepthScores | PoseScores | Mapping[str, Any]


# the classes of the scores that come with the package, by task
TASK_SCORES = dict(
    semantic=SemanticScores, instance=InstanceScores, depth=DepthScores, pose=PoseScores, image=ImageScores
)


def numbers(scores: Scores | None) -> dict[str, float]:
    """Every number among a sample's scores, by 'task.name'."""
    own = {task: vars(getattr(scores, task)) for task in scores.tasks if task not in scores.others} if scores else {}
    return {
        f'{task}.{key}': value
        for task, values in {**own, **(scores.others if scores else {})}.items()
        for key, value in values.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }


def lookup(scores: Scores | None, name: str) -> float | None:
    """A number among a sample's scores: 'semantic.confidence', 'semantic.fractions.cat', 'instance.counts.cat'.

    None: the sample has no such score. A class that is not in a table of fractions or counts has 0.
    """
    task, _, rest = name.partition('.')
    key, table, entry = rest.partition('.')
    found = scores.others.get(task, getattr(scores, task, None)) if scores else None
    value = found.get(key) if isinstance(found, Mapping) else getattr(found, key, None)
    if table and isinstance(value, Mapping):
        value = value.get(entry, 0)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def known_names() -> dict[str, bool]:
    """The names that :func:`lookup` takes of the package's own scores; True: a table, '.CLASS' follows."""
    kinds = {'float': False, 'int': False, 'float | None': False, 'dict[str, float]': True, 'dict[str, int]': True}
    return {
        f'{task}.{one.name}': kinds[str(one.type)]
        for task, kind in TASK_SCORES.items()
        for one in fields(kind)
        if one.type in kinds
    }
