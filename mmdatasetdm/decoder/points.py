"""Points on masks: sampling, and choosing the uncertain ones (PointRend, as Mask2Former uses it)."""

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
def uncertain_points(masks: Tensor, *, count: int, oversample: float, importance: float) -> Tensor:
    """``count`` points of each mask, most of them near its edge.

    Of ``count * oversample`` random points the ``count * importance`` most uncertain are kept; the rest is random.

    Args:
        masks: logits (N, H, W); near 0 is uncertain.
        count: points P a mask.
        oversample: at least 1.
        importance: share of the points chosen by uncertainty, 0 to 1.

    Returns:
        points (N, P, 2) in [0, 1].
    """
    chosen = int(importance * count)
    candidates = torch.rand(len(masks), int(count * oversample), 2, device=masks.device)
    uncertainty = -sample_points(masks[:, None], candidates)[:, 0].abs()
    index = uncertainty.topk(chosen, dim=1).indices
    hard = candidates.gather(1, index[..., None].expand(-1, -1, 2))
    easy = torch.rand(len(masks), count - chosen, 2, device=masks.device)
    return torch.cat([hard, easy], dim=1)
