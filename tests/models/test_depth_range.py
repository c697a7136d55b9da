"""The range of the depth labels is said once, and labels that are none end the training."""

import mmcv
import numpy as np
import pytest
import torch
from mmengine.structures import PixelData
from mmseg.datasets.transforms import LoadDepthAnnotation
from mmseg.structures import SegDataSample
from PIL import Image

from mmdatasetdm.errors import UserError
from mmdatasetdm.models import DepthDecoderHead
from mmdatasetdm.models.downstream.depthformer import DenseDepthHead


def sample(path, factor: float = 1e-3) -> SegDataSample:
    """A depth file as a pipeline loads it."""
    loaded = LoadDepthAnnotation(depth_rescale_factor=factor)(dict(depth_map_path=str(path), seg_fields=[]))
    depth = torch.from_numpy(loaded['gt_depth_map'])[None]
    return SegDataSample(gt_depth_map=PixelData(data=depth), metainfo=dict(img_path=f'{path.stem}.jpg'))


def decoder() -> tuple[DepthDecoderHead, list]:
    head = DepthDecoderHead(
        in_channels=[4],
        stride=8,
        pixel_decoder=dict(type='mmdatasetdm.PixelDecoder', feat_channels=8, num_memory_levels=1, upsample=()),
        loss=dict(type='mmdatasetdm.SiLogCriterion'),
        max_depth=10.0,
    )
    return head, [torch.randn(2, 4, 4, 4)]


def depthformer() -> tuple[DenseDepthHead, list]:
    head = DenseDepthHead(channels=[4, 4], max_depth=10.0)
    return head, [torch.randn(2, 4, 8, 8), torch.randn(2, 4, 4, 4)]


HEADS = pytest.mark.parametrize('build', [decoder, depthformer])


@HEADS
def test_the_range_in_metres_is_said_once(build, tmp_path, log):
    metres = np.linspace(1, 4, 64).reshape(8, 8)
    metres[0] = 0
    for index in range(2):
        Image.fromarray((metres * 1000).astype(np.uint16)).save(tmp_path / f'{index}.png')
    head, features = build()
    batch = [sample(tmp_path / f'{index}.png') for index in range(2)]
    for _ in range(2):
        head.loss(features, batch, None)
    (line,) = [line for line in log if 'depth labels' in line]
    assert line.startswith('INFO depth labels of the first 2 images: 1.38 to 4 m, half of them nearer than 2.6')
    assert line.endswith('12.5% of the pixels have none, 0.0% lie beyond max_depth, 10 m')


@HEADS
@pytest.mark.parametrize(
    ('scale', 'words'),
    [
        (5000, '65.6% lie beyond max_depth'),  # TUM's files
        (256, None),  # KITTI's: a fourth, which a room may have
        (1, 'half of them nearer than 0.00'),  # float TIFF in metres
    ],
)
def test_another_scale_shows_in_the_range(build, scale, words, tmp_path, log):
    metres = np.linspace(1, 4, 64).reshape(8, 8)
    if scale == 1:
        mmcv.imwrite(metres.astype(np.float32), str(tmp_path / 'a.tiff'))
        path = tmp_path / 'a.tiff'
    else:
        Image.fromarray((metres * scale).astype(np.uint16)).save(tmp_path / 'a.png')
        path = tmp_path / 'a.png'
    head, features = build()
    head.loss(features, [sample(path)] * 2, None)
    (line,) = [line for line in log if 'depth labels' in line]
    if words:
        assert line.startswith('WARNING') and words in line
        assert line.endswith('Is depth_rescale_factor of LoadDepthAnnotation right?')
    else:
        assert '0.256 to 1.02 m' in line


@HEADS
@pytest.mark.parametrize(('value', 'found'), [(0, '0 to 0 m'), (20000, '20 to 20 m')])
def test_labels_without_a_valid_pixel_are_an_error(build, value, found, tmp_path):
    Image.fromarray(np.full((8, 8), value, np.uint16)).save(tmp_path / 'a.png')
    head, features = build()
    batch = [sample(tmp_path / 'a.png')] * 2
    for _ in range(3):  # one image without a depth, or six, may be
        head.loss(features, batch, None)
    with pytest.raises(UserError, match=rf'none of the depth labels of 8 images .* 10 m \(the last: {found}; .*a\.jpg'):
        head.loss(features, batch, None)
