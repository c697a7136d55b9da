"""From what a decoder predicts to probabilities of classes, and to instances."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from scipy import ndimage
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from mmdatasetdm.errors import UserError


class Instances(NamedTuple):
    """The instances of a batch; where images have fewer than Q, the last are 0.

    class_probs: (B, Q, num_classes), which leave the rest to "no object".
    mask_probs: (B, Q, H, W).
    """

    class_probs: Tensor
    mask_probs: Tensor


def semantic_probabilities(class_logits: Tensor, mask_logits: Tensor, *, size: tuple[int, int]) -> Tensor:
    """Mask2Former's semantic inference, normalised: p(c | pixel) ~ sum over queries of p(c | q) * sigmoid(mask_q).

    Args:
        class_logits: (B, Q, num_classes + 1), of one layer.
        mask_logits: (B, Q, h, w).
        size: height and width of the result.

    Returns:
        (B, num_classes, H, W); sums to 1 over the classes.
    """
    masks = F.interpolate(mask_logits.float(), size=size, mode='bilinear', align_corners=False).sigmoid()
    classes = class_logits.float().softmax(-1)[..., :-1]
    scores = torch.einsum('bqc,bqhw->bchw', classes, masks)
    return scores / scores.sum(1, keepdim=True).clamp(min=1e-6)


def query_instances(class_logits: Tensor, mask_logits: Tensor, *, size: tuple[int, int]) -> Instances:
    """Each query as an instance.

    Args:
        class_logits: (B, Q, num_classes + 1), of one layer.
        mask_logits: (B, Q, h, w).
        size: height and width of the masks.
    """
    masks = F.interpolate(mask_logits.float(), size=size, mode='bilinear', align_corners=False)
    return Instances(class_logits.float().softmax(-1)[..., :-1], masks.sigmoid())


def name_scores(class_logits: Tensor, mask_logits: Tensor, *, size: tuple[int, int]) -> Tensor:
    """How probable each name is at each pixel: the greatest p(present | q) * sigmoid(mask_q) of its queries.

    Args:
        class_logits: (N, Q, 2), of one layer.
        mask_logits: (N, Q, h, w).
        size: height and width of the result.

    Returns:
        (N, H, W), 0 to 1.
    """
    masks = F.interpolate(mask_logits.float(), size=size, mode='bilinear', align_corners=False).sigmoid()
    present = class_logits.float().softmax(-1)[..., 0]
    return (present[..., None, None] * masks).amax(dim=1)


def class_probabilities(scores: Tensor, images: Tensor, classes: Tensor, *, batch: int, num_classes: int) -> Tensor:
    """Scores of names -> probabilities of classes; the background has what is left by all names.

    Args:
        scores: (N, H, W), of :func:`name_scores`.
        images: (N,), the image of each.
        classes: (N,), the class id of each.
        batch: number of images.
        num_classes: number of classes; id 0 is the background.

    Returns:
        (batch, num_classes, H, W); sums to 1 over the classes.
    """
    probs = scores.new_zeros(batch, num_classes, *scores.shape[-2:])
    probs[images, classes] = scores
    probs[:, 0] = (1 - probs[:, 1:]).prod(dim=1)
    return probs / probs.sum(1, keepdim=True).clamp(min=1e-6)


class ConnectedComponents:
    """Class probabilities of pixels -> instances: the connected components of each class (not in the paper).

    A component joins one of its class that is more than twice its size and whose box is near, a quarter of that box's
    longer side at most: the foot of a lamp is not a second lamp.

    Args:
        min_fraction: an instance smaller than this fraction of the image is left out.
        max_instances: of more, those with the highest scores are kept.
    """

    def __init__(self, *, min_fraction: float, max_instances: int) -> None:
        if not 0 <= min_fraction < 1 or max_instances < 1:
            raise UserError(
                f'min_fraction is {min_fraction} and max_instances {max_instances}; they must be from 0 to below 1, '
                'and 1 or more'
            )
        self.min_fraction, self.max_instances = min_fraction, max_instances

    def __call__(self, probs: Tensor, *, allowed: Tensor | None = None) -> Instances:
        """The instances of a batch; masks are 0 and 1, a class probability is the mean over the mask's pixels.

        Args:
            probs: class probabilities (B, num_classes + 1, H, W), the background last.
            allowed: (B, num_classes) of 0 and 1: the classes that an image may show; None: any.
        """
        if allowed is not None:
            background = allowed.new_ones(len(allowed), 1)
            probs = probs * torch.cat([allowed, background], 1).to(probs)[:, :, None, None]
            probs = probs / probs.sum(1, keepdim=True).clamp_min(1e-12)
        images = [self.of_image(image) for image in probs]
        class_probs = pad_sequence([classes for classes, _ in images], batch_first=True)
        return Instances(class_probs, pad_sequence([masks for _, masks in images], batch_first=True))

    def of_image(self, probs: Tensor) -> tuple[Tensor, Tensor]:
        """(num_classes + 1, H, W) of one image -> class probabilities (N, num_classes) and masks (N, H, W)."""
        background = len(probs) - 1
        if not torch.isfinite(probs).all():  # one instance of NaN, so that a caller's check of the result fails
            return probs.new_full((1, background), torch.nan), torch.zeros_like(probs[:1])
        winner, labels = (value.detach().cpu().numpy() for value in probs.max(0))
        instances: list[tuple[float, int, np.ndarray]] = []
        for label in np.setdiff1d(labels, [background]).tolist():
            instances += [(winner[mask].mean(), label, mask) for mask in self._of_class(labels == label)]
        instances = sorted(instances, key=lambda instance: -instance[0])[: self.max_instances]
        class_probs = torch.zeros(len(instances), background)
        masks = torch.zeros(len(instances), *labels.shape)
        for row, (score, label, mask) in enumerate(instances):
            class_probs[row, label] = float(score)
            masks[row] = torch.from_numpy(mask)
        return class_probs.to(probs), masks.to(probs)

    def _of_class(self, mask: np.ndarray) -> list[np.ndarray]:
        """The instances of one class, each (H, W) bool."""
        instances: list[np.ndarray] = []
        min_area = self.min_fraction * mask.size
        # a third of the smallest instance may be a component of one
        components = sorted(connected_components(mask, min_area=min_area / 3), key=np.sum, reverse=True)
        for component in components:
            whole = next((one for one in instances if 2 * component.sum() < one.sum() and near(one, component)), None)
            if whole is None:
                instances.append(component)
            else:
                whole |= component
        return [instance for instance in instances if instance.sum() >= min_area]


def connected_components(mask: np.ndarray, *, min_area: float = 1) -> Iterator[np.ndarray]:
    """The 8-connected components, of ``min_area`` pixels or more, of a mask (H, W) bool."""
    numbered, count = ndimage.label(mask, structure=np.ones((3, 3)))
    for number in range(1, count + 1):
        component = numbered == number
        if component.sum() >= min_area:
            yield component


def near(mask: np.ndarray, component: np.ndarray) -> bool:
    """Whether the boxes of two masks are no further apart than a quarter of the longer side of the first."""
    (low, high), (first, last) = (
        (pixels.min(0), pixels.max(0) + 1) for pixels in (np.argwhere(mask), np.argwhere(component))
    )
    gap = np.maximum(0, np.maximum(first - high, low - last)).max()
    return bool(gap <= (high - low).max() / 4)
