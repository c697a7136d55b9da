"""Pixels that a model trained on real images does not believe become ignored.

The rule of FreeMask (Yang et al., NeurIPS 2023): a pixel of a synthetic label map is taken for noise when its loss
under a model that was trained on the real images is greater than ``tolerance`` times the mean loss of its class over
the synthetic images, so that hard classes are not punished for being hard.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.annotators.base import IGNORE
from mmdatasetdm.generation.conversion import FinishedDataset, convert
from mmdatasetdm.generation.dataset_info import DatasetInfo
from mmdatasetdm.generation.records import SampleRecord
from mmdatasetdm.generation.storage.shards import ShardStore
from mmdatasetdm.utils.checksum import digest, sha256_file
from mmdatasetdm.utils.io import read_image


class PixelLoss:
    """The cross-entropy of each pixel of label maps under a segmentor of mmseg.

    Args:
        config: of the segmentor.
        checkpoint: its weights, trained on the real images.
        classes: what the values of the label maps mean.
        device: where it runs.
    Raises:
        UserError: a file is not there, or the segmentor knows none of the classes.
    """

    def __init__(self, *, config: Path, checkpoint: Path, classes: Sequence[str], device: str = 'cpu'):
        from mmseg.apis import init_model

        for path in (config, checkpoint):
            if not path.is_file():
                raise UserError(f'there is no file {path}')
        self.model = init_model(str(config), str(checkpoint), device=device)
        self.identity = digest(dict(checkpoint=sha256_file(checkpoint), config=config.read_text(encoding='utf-8')))
        known = list((self.model.dataset_meta or {}).get('classes') or ())
        self.classes = list(classes)
        # label -> the segmentor's index of the class; -1: it does not know the class
        self.index = np.full(256, -1, np.int64)
        for label, name in enumerate(classes):
            if name in known:
                self.index[label] = known.index(name)
        self.unknown = [name for name in classes if name not in known]
        if len(self.unknown) == len(self.classes):
            raise UserError(
                f'{config} knows none of the classes of the label maps, {", ".join(classes)}; it knows '
                f'{", ".join(known) or "none"}'
            )

    def __call__(self, image: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Image (H, W, 3) uint8 RGB and label map (H, W) uint8 -> loss (H, W) float32; NaN where the label is ignored
        or the segmentor does not know its class.
        """
        from mmseg.apis import inference_model

        with torch.inference_mode():
            scores = inference_model(self.model, np.ascontiguousarray(image[..., ::-1])).seg_logits.data.float()
            if scores.shape[1:] != labels.shape:
                raise UserError(
                    f'the segmentor predicts maps of {tuple(scores.shape[1:])} for labels of {labels.shape}'
                )
            if bool((scores >= 0).all()):  # mask classification, as Mask2Former's, predicts weights, not logits
                log_probs = (scores / scores.sum(0).clamp_min(1e-12)).clamp_min(1e-12).log()
            else:
                log_probs = scores.log_softmax(0)
            losses = -log_probs.cpu().numpy()
        index = self.index[labels]
        found = np.take_along_axis(losses, np.maximum(index, 0)[None], 0)[0]
        return np.where((index >= 0) & (labels != IGNORE), found, np.nan).astype(np.float32)


class PixelFilter:
    """Makes pixels ignored whose loss is beyond the limit of their class.

    Args:
        loss: of pixels.
        limits: class -> greatest loss that is believed.
        tolerance: that the limits come from.
    """

    def __init__(self, *, loss: PixelLoss, limits: Mapping[str, float], tolerance: float):
        self.loss = loss
        self.limits = np.full(256, np.inf, np.float32)
        for label, name in enumerate(loss.classes):
            self.limits[label] = limits.get(name, np.inf)
        self.identity: dict[str, Any] = dict(
            pixel_filter=dict(model=loss.identity, tolerance=tolerance, limits=dict(limits))
        )

    def __call__(self, record: SampleRecord, image: np.ndarray, labels: np.ndarray) -> np.ndarray:
        losses = self.loss(image, labels)
        return np.where(losses > self.limits[labels], IGNORE, labels).astype(np.uint8)  # NaN is beyond no limit


def mean_losses(source: FinishedDataset, loss: PixelLoss) -> dict[str, float]:
    """The mean loss of each class over all pixels that the label maps give to it."""
    totals, counts = np.zeros(256), np.zeros(256)
    store = ShardStore(source.root)
    with tqdm(total=source.plan.num, desc='mean losses', unit=' images', leave=False, disable=None) as bar:
        for shard in source.plan:
            marker = store.read(shard.index)
            for record in marker.samples[: shard.count]:
                labels = None if record.failed else source.labels(record).get('semantic')
                if isinstance(labels, np.ndarray):
                    image = source.image(record, marker)
                    losses = loss(image if isinstance(image, np.ndarray) else read_image(image[0]), labels)
                    seen = ~np.isnan(losses)
                    totals += np.bincount(labels[seen], weights=losses[seen], minlength=256)
                    counts += np.bincount(labels[seen], minlength=256)
                bar.update()
    return {name: float(totals[i] / counts[i]) for i, name in enumerate(loss.classes) if counts[i]}


def filter_pixels(
    root: str | Path,
    out: str | Path,
    *,
    config: str | Path,
    checkpoint: str | Path,
    tolerance: float = 1.25,
    device: str = 'cpu',
) -> tuple[DatasetInfo, list[str]]:
    """Write a data set with label maps in which pixels that a real model does not believe are ignored.

    The former labels stay in ``root``; images are linked.

    Args:
        root: the finished data set.
        out: the new folder, or one that an earlier call began.
        config, checkpoint: of the segmentor, trained on real images.
        tolerance: times the mean loss of its class that a pixel's may be; FreeMask's is 1.25.
        device: of the segmentor.
    Returns:
        What the new dataset.json holds, and the classes that the segmentor does not know, whose pixels stay.
    Raises:
        UserError: there are no label maps, or the segmentor does not fit.
    """
    source = FinishedDataset.open(Path(root))
    if 'semantic' not in source.info.tasks:
        raise UserError(f'{root} has no label maps; its labels are {", ".join(source.info.tasks)}')
    if not tolerance > 0:
        raise UserError(f'tolerance is {tolerance:g}; it must be more than 0')
    loss = PixelLoss(config=Path(config), checkpoint=Path(checkpoint), classes=source.info.classes, device=device)
    limits = {name: round(tolerance * mean, 4) for name, mean in mean_losses(source, loss).items()}
    change = PixelFilter(loss=loss, limits=limits, tolerance=tolerance)
    return convert(root, out, change=change), loss.unknown
