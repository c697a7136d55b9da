"""Points on masks: sampling, and choosing the uncertain ones (PointRend, as Mask2Former uses it)."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor


def sample_points(maps: Tensor, points: Tensor, *, mode: str = 'bilinear') -> Tensor:
    """Values of maps at points.

    Args:
        maps: (N, C, H, W).
        points: (N, P, 2), x and y in [0, 1] of the map's width and height.
        mode: 'bilinear' or 'nearest'.

    Returns:
        (N, C, P).
    """
    return F.grid_sample(maps, 2 * points[:, :, None] - 1, mode=mode, padding_mode='border', align_corners=False)[
        ..., 0
    ]


@torch.no_grad()
def random_points(valid: Tensor, *shape: int) -> Tensor:
    """Points spread evenly over the valid pixels of an image: what is ignored takes none of them.

    Args:
        valid: (H, W), bool; without any valid pixel the points are anywhere.
        shape: of the result, without its last axis.

    Returns:
        (*shape, 2), x and y in [0, 1]; :func:`sample_points` with 'nearest' reads valid pixels there.
    """
    pixels = valid.flatten().nonzero()[:, 0]
    if len(pixels) in (0, valid.numel()):
        return torch.rand(*shape, 2, device=valid.device)
    height, width = valid.shape
    chosen = pixels[torch.randint(len(pixels), shape, device=valid.device)]
    # a little off the pixel's edges, where rounding would read its neighbour
    inside = torch.rand(*shape, 2, device=valid.device) * 0.98 + 0.01
    corner = torch.stack([chosen % width, torch.div(chosen, width, rounding_mode='floor')], dim=-1)
    return (corner + inside) / torch.tensor([width, height], device=valid.device)


@torch.no_grad()
def points_of_masks(valid: Sequence[Tensor], owners: Sequence[int], num_points: int) -> Tensor:
    """:func:`random_points` of N masks, each in its own image.

    Args:
        valid: (H, W) of each image.
        owners: N indices of images.
        num_points: points P for each mask.

    Returns:
        (N, P, 2).
    """
    index = torch.as_tensor(owners)
    points = valid[0].new_empty(len(index), num_points, 2, dtype=torch.float)
    for image, pixels in enumerate(valid):
        rows = (index == image).nonzero()[:, 0].to(points.device)
        points[rows] = random_points(pixels, len(rows), num_points)
    return points


@torch.no_grad()
def uncertain_points(
    masks: Tensor,
    *,
    valid: Sequence[Tensor],
    owners: Sequence[int],
    num_points: int,
    oversample_ratio: float,
    importance_sample_ratio: float,
) -> Tensor:
    """``num_points`` points of each mask on valid pixels, most of them near the mask's edge.

    Of ``num_points * oversample_ratio`` random points the ``num_points * importance_sample_ratio`` most uncertain are
    kept; the rest is random.

    Args:
        masks: logits (N, h, w); near 0 is uncertain.
        valid: (H, W) of each image, bool.
        owners: the image of each mask.
        num_points: points P for each mask.
        oversample_ratio: at least 1.
        importance_sample_ratio: fraction of the points chosen by uncertainty, 0 to 1.

    Returns:
        points (N, P, 2) in [0, 1].
    """
    chosen = int(importance_sample_ratio * num_points)
    candidates = points_of_masks(valid, owners, int(num_points * oversample_ratio))
    uncertainty = -sample_points(masks[:, None], candidates)[:, 0].abs()
    index = uncertainty.topk(chosen, dim=1).indices
    hard = candidates.gather(1, index[..., None].expand(-1, -1, 2))
    return torch.cat([hard, points_of_masks(valid, owners, num_points - chosen)], dim=1)


def without_ignored(masks: Tensor, valid: Sequence[Tensor], owners: Sequence[int]) -> Tensor:
    """The same masks (N, h, w), whose values have no gradient where no pixel below them is valid.

    A point beside an ignored region reads a mask's value in there too, since mask logits are interpolated; that value
    is left as it is.

    Args:
        masks: logits (N, h, w).
        valid: (H, W) of each image, bool.
        owners: the image of each mask.
    """
    if all(bool(pixels.all()) for pixels in valid):
        return masks
    cells = [F.adaptive_max_pool2d(pixels[None, None].float(), masks.shape[-2:])[0, 0] > 0 for pixels in valid]
    return torch.where(torch.stack([cells[owner] for owner in owners]), masks, masks.detach())


@torch.no_grad()
def mostly_ignored(masks: Tensor, valid: Tensor) -> Tensor:
    """Whether more than half of each predicted mask lies on ignored pixels: nobody knows whether it is right.

    Args:
        masks: logits (..., h, w).
        valid: (H, W), bool.

    Returns:
        (...,), bool.
    """
    if bool(valid.all()):
        return torch.zeros(masks.shape[:-2], dtype=torch.bool, device=masks.device)
    height, width = masks.shape[-2:]
    ignored = 1 - F.adaptive_avg_pool2d(valid[None, None].float(), (height, width))[0, 0]
    inside = (masks > 0).float()
    return (inside * ignored).sum((-2, -1)) > 0.5 * inside.sum((-2, -1))
