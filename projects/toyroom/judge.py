"""The judge of the built-in generator: a segmentation model trained on many rendered labels."""

import argparse
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from mmengine.config import Config
from mmengine.registry import init_default_scope
from tqdm import tqdm

from mmdatasetdm.registry import MODELS
from mmdatasetdm.toyroom.captions import CLASSES
from projects.toyroom.pool import pool_images, save, to_tensor

FOUND_PIXELS = 75  # half of what the world lets the smallest object show (world.MIN_PIXELS)


def pool_semantic(pool: Path) -> np.ndarray:
    return np.concatenate([np.load(p)['semantic'] for p in sorted(pool.glob('labels_*.npz'))])


class Judge(torch.nn.Module):
    """The small DeepLabV3+ of the study: images (B, 3, 128, 128) in [-1, 1] -> class logits of the same size."""

    def __init__(self) -> None:
        super().__init__()
        init_default_scope('mmseg')
        config = Config.fromfile('configs/_base_/models/deeplabv3plus_r18_toyroom.py').model
        self.net = MODELS.build(config)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        logits = self.net.decode_head(self.net.backbone(images))
        return F.interpolate(logits, size=images.shape[-2:], mode='bilinear')

    def features(self, images: torch.Tensor) -> torch.Tensor:
        """What the backbone sees of each image on the whole: (B, 128)."""
        return self.net.backbone(images)[-1].mean((2, 3))


def train_judge(args: argparse.Namespace) -> None:
    torch.manual_seed(0)
    images, labels = pool_images(args.pool), pool_semantic(args.pool)
    n = min(len(images), len(labels))
    net = Judge()
    net.net.init_weights()
    optimizer = torch.optim.AdamW(net.parameters(), lr=4e-3, weight_decay=1e-2)
    rng = np.random.default_rng(0)
    bar = tqdm(range(args.steps))
    for step in bar:
        for group in optimizer.param_groups:
            group['lr'] = 4e-3 * min(1, (step + 1) / 50) * (1 - step / args.steps) ** 0.9
        at = rng.integers(n, size=16)
        flip = bool(rng.integers(2))
        x, y = to_tensor(images[at]), torch.from_numpy(labels[at]).long()
        x = x * float(rng.uniform(0.8, 1.2)) + float(rng.normal(0, 0.1))
        if flip:
            x, y = x.flip(3), y.flip(2)
        loss = F.cross_entropy(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        bar.set_postfix(loss=f'{loss.item():.3f}')
        if (step + 1) % 100 == 0 or step + 1 == args.steps:
            save(dict(net=net.state_dict()), args.work / 'judge.pt')


@torch.no_grad()
def found_classes(judge: torch.nn.Module, images: torch.Tensor) -> list[set[str]]:
    """The classes that the judge gives at least FOUND_PIXELS to, for each of (B, 3, 128, 128) in [-1, 1]."""
    out = []
    for batch in images.split(25):
        labels = judge(batch).argmax(1)
        for label in labels:
            counts = torch.bincount(label.flatten(), minlength=len(CLASSES))
            out.append({CLASSES[c] for c in range(1, len(CLASSES)) if counts[c] >= FOUND_PIXELS})
    return out


def load_judge(work: Path) -> torch.nn.Module:
    net = Judge()
    net.load_state_dict(torch.load(work / 'judge.pt', weights_only=True)['net'])
    return net.eval()
