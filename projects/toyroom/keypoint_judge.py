"""A keypoint model trained on many renderings: in how many of a person's keypoints can it see anything?

It is the study's small SimpleBaseline, which reads the box of a person, 128 x 96 pixels, and writes 17 heat maps.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from mmengine.config import Config
from mmengine.registry import init_default_scope
from torch import Tensor
from tqdm import tqdm

from mmdatasetdm.registry import MODELS
from projects.toyroom.pool import save, to_tensor

CONFIG = 'configs/topdown_heatmap/td-hm_res18_1xb8-2k_toyroom-real-128x96.py'
HEIGHT, WIDTH, STRIDE, SIGMA = 128, 96, 4, 1.5
# A keypoint is seen surely where its heat map rises above half of what it rises to on a labelled one.
SURE = 0.5


def people_of(pool: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Images (N, 128, 128, 3) uint8, and for each person its box (N, 4) x1 y1 x2 y2 and keypoints (N, 17, 3)."""
    parts = [np.load(path) for path in sorted(pool.glob('people_*.npz'))]
    return tuple(np.concatenate([part[name] for part in parts]) for name in ('images', 'boxes', 'keypoints'))


def box_grid(boxes: Tensor, size: int, jitter: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """How to read boxes as (HEIGHT, WIDTH) crops, a quarter larger than the box and of one aspect ratio.

    Args:
        boxes: (B, 4) in pixels.
        size: side of the square images.
        jitter: (B, 3) of shifts in x and y and of a scale, as shares of the box; None: none.
    Returns:
        corners (B, 4) of the crops in pixels, and the grid (B, HEIGHT, WIDTH, 2) for `grid_sample`.
    """
    centre, extent = (boxes[:, :2] + boxes[:, 2:]) / 2, (boxes[:, 2:] - boxes[:, :2]).clamp(min=4) * 1.25
    height = torch.maximum(extent[:, 1], extent[:, 0] * HEIGHT / WIDTH)
    if jitter is not None:
        centre = centre + jitter[:, :2] * extent
        height = height * (1 + jitter[:, 2])
    half = torch.stack([height * WIDTH / HEIGHT, height], 1) / 2
    corners = torch.cat([centre - half, centre + half], 1)
    y, x = ((torch.arange(n) + 0.5) / n for n in (HEIGHT, WIDTH))
    xs = corners[:, :1] + (corners[:, 2:3] - corners[:, :1]) * x
    ys = corners[:, 1:2] + (corners[:, 3:] - corners[:, 1:2]) * y
    grid = torch.stack(torch.broadcast_tensors(xs[:, None, :], ys[:, :, None]), -1)
    return corners, 2 * grid / size - 1


def read_boxes(images: Tensor, boxes: Tensor, jitter: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """(B, 3, H, H) -> crops (B, 3, HEIGHT, WIDTH) and their corners (B, 4)."""
    corners, grid = box_grid(boxes, images.shape[-1], jitter)
    return F.grid_sample(images, grid, align_corners=False, padding_mode='border'), corners


def heat_maps(keypoints: Tensor, corners: Tensor) -> tuple[Tensor, Tensor]:
    """Targets (B, 17, HEIGHT / 4, WIDTH / 4) and weights (B, 17): 1 where the keypoint is in the image."""
    h, w = HEIGHT // STRIDE, WIDTH // STRIDE
    span = corners[:, 2:] - corners[:, :2]
    at = (keypoints[..., :2] - corners[:, None, :2]) / span[:, None] * torch.tensor([w, h]) - 0.5
    x, y = (torch.arange(w) - at[..., :1]) ** 2, (torch.arange(h) - at[..., 1:]) ** 2
    maps = torch.exp(-(x[:, :, None, :] + y[:, :, :, None]) / (2 * SIGMA**2))
    seen = keypoints[..., 2] > 0
    return maps * seen[..., None, None], seen.float()


class KeypointJudge(torch.nn.Module):
    """Crops (B, 3, HEIGHT, WIDTH) in [-1, 1] -> heat maps (B, 17, HEIGHT / 4, WIDTH / 4)."""

    def __init__(self) -> None:
        super().__init__()
        init_default_scope('mmpose')
        self.net = MODELS.build(Config.fromfile(CONFIG).model)

    def forward(self, crops: Tensor) -> Tensor:
        return self.net.head(self.net.backbone(crops))


def train_keypoint_judge(args: argparse.Namespace) -> None:
    """On the people of `render.py people`; no mirroring, which would swap left and right."""
    torch.manual_seed(0)
    images, boxes, keypoints = people_of(args.pool)
    boxes, keypoints = torch.from_numpy(boxes).float(), torch.from_numpy(keypoints).float()
    net, rng = KeypointJudge(), np.random.default_rng(0)
    net.net.init_weights()
    optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=1e-2)
    bar = tqdm(range(args.steps))
    for step in bar:
        for group in optimizer.param_groups:
            group['lr'] = 2e-3 * min(1, (step + 1) / 50) * (1 - step / args.steps) ** 0.9
        at = rng.integers(len(images), size=16)
        jitter = torch.from_numpy(rng.uniform(-1, 1, (16, 3)) * [0.08, 0.08, 0.2]).float()
        crops, corners = read_boxes(to_tensor(images[at]), boxes[at], jitter)
        target, weight = heat_maps(keypoints[at], corners)
        out = net(crops * float(rng.uniform(0.8, 1.2)) + float(rng.normal(0, 0.1)))
        loss = ((out - target).square().mean((2, 3)) * weight).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        bar.set_postfix(loss=f'{1000 * loss.item():.3f}')
        if (step + 1) % 200 == 0 or step + 1 == args.steps:
            save(dict(net=net.state_dict()), args.work / 'keypoint_judge.pt')


def load_keypoint_judge(work: Path) -> KeypointJudge:
    """The trained one."""
    net = KeypointJudge()
    net.load_state_dict(torch.load(work / 'keypoint_judge.pt', weights_only=True)['net'])
    return net.eval()


@torch.no_grad()
def sure_keypoints(judge: torch.nn.Module, images: Tensor, boxes: Tensor) -> Tensor:
    """How many of 17 keypoints are seen surely, for each (B, 3, H, H) image and the box (B, 4) of its person: (B,)."""
    counts = []
    for some, around in zip(images.split(25), boxes.split(25), strict=True):
        crops, _ = read_boxes(some, around)
        counts.append((judge(crops).amax((2, 3)) > SURE).sum(1))
    return torch.cat(counts)


def mask_box(mask: Tensor) -> Tensor | None:
    """The box (4,) of what is true in (H, W); None where nothing is."""
    ys, xs = mask.nonzero(as_tuple=True)
    if not len(ys):
        return None
    return torch.stack([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]).float()
