"""Images of any size for a generator, which takes multiples of its coarsest stride."""

import torch.nn.functional as F
from torch import Tensor


def pad_to_stride(images: Tensor, stride: int) -> Tensor:
    """Images (B, 3, H, W) with their last row and column repeated up to multiples of ``stride``."""
    height, width = images.shape[-2:]
    more = -width % stride, -height % stride
    return F.pad(images, (0, more[0], 0, more[1]), mode='replicate') if any(more) else images
