"""Which pixels of an image with instances count: those of a crowd are not labelled one by one."""

import torch
from mmengine.structures import BaseDataElement
from torch import Tensor


def valid_pixels(sample: BaseDataElement, device: torch.device | str) -> Tensor:
    """The pixels of a sample of mmdet that belong to no crowd, or to an instance: (H, W) bool.

    mmdet pads the masks of ``gt_instances`` to the batch's size and forgets those of ``ignored_instances``, in its data
    preprocessor as in its BatchFixedSizePad; here they are padded alike.

    Args:
        sample: DetDataSample with ``gt_instances`` and, where there are crowds, ``ignored_instances``.
        device: of the result.
    """
    masks, ignored = sample.gt_instances.masks, sample.get('ignored_instances')
    size = masks.height, masks.width
    valid = torch.ones(size, dtype=torch.bool, device=device)
    if ignored is None or not len(ignored) or 'masks' not in ignored:
        return valid
    crowds = ignored.masks
    if (crowds.height, crowds.width) != size:
        crowds = crowds.pad(size)
    valid &= ~crowds.to_tensor(torch.bool, device).any(0)
    if len(masks):
        valid |= masks.to_tensor(torch.bool, device).any(0)
    return valid
