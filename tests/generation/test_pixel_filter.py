"""FreeMask's rule with a real segmentor of mmseg, whose losses are computed here in another way."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from torch.nn.functional import cross_entropy

from mmdatasetdm.generation.storage.manifest import read_manifest
from mmdatasetdm.registry import MODELS
from mmdatasetdm.utils.io import read_image
from tests.generation.conftest import CLASSES
from tools.filter_pixels import main

KNOWN = ('sofa', 'background', 'person', 'chair')  # in another order, and without the table
CONFIG = """
default_scope = 'mmseg'
norm = dict(type='BN', requires_grad=True)
model = dict(
    type='EncoderDecoder',
    data_preprocessor=dict(type='SegDataPreProcessor', mean=[120.0] * 3, std=[60.0] * 3, bgr_to_rgb=True, pad_val=0,
                           seg_pad_val=255, size_divisor=1),
    backbone=dict(type='MobileNetV2', widen_factor=0.25, out_indices=(0, 1), norm_cfg=norm),
    decode_head=dict(type='FCNHead', in_channels=8, channels=8, in_index=1, num_convs=1, concat_input=False,
                     num_classes=4, norm_cfg=norm, loss_decode=dict(type='CrossEntropyLoss')),
    train_cfg=dict(), test_cfg=dict(mode='whole'))
test_pipeline = [dict(type='LoadImageFromFile'), dict(type='PackSegInputs')]
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
"""


@pytest.fixture(scope='module')
def segmentor(tmp_path_factory):
    folder = tmp_path_factory.mktemp('segmentor')
    (folder / 'config.py').write_text(CONFIG)
    init_default_scope('mmseg')
    torch.manual_seed(0)
    model = MODELS.build(Config.fromfile(folder / 'config.py').model)
    with torch.no_grad():
        model.decode_head.conv_seg.weight.mul_(80)
    meta = dict(dataset_meta=dict(classes=KNOWN, palette=[[0, 0, 0]] * 4))
    torch.save(dict(state_dict=model.state_dict(), meta=meta), folder / 'model.pth')
    return folder, model.eval()


def losses(model, image: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """With the model itself, and PyTorch's cross-entropy; 0 where there is none."""
    pixels = (torch.from_numpy(image).permute(2, 0, 1).float()[None] - 120) / 60
    with torch.no_grad():
        logits = model.encode_decode(pixels, [dict(img_shape=labels.shape, ori_shape=labels.shape)])
        logits = torch.nn.functional.interpolate(logits, labels.shape, mode='bilinear', align_corners=False)
    table = torch.full((256,), 255)
    for index, name in enumerate(CLASSES):
        table[index] = KNOWN.index(name) if name in KNOWN else 255
    target = table[torch.from_numpy(labels.astype(np.int64))][None]
    return cross_entropy(logits, target, reduction='none', ignore_index=255)[0].numpy()


@pytest.mark.parametrize('layout', ['in_folders', 'in_tars'])
def test_pixels_beyond_the_mean_loss_of_their_class_are_ignored(layout, request, segmentor, tmp_path, capsys):
    root, (folder, model) = request.getfixturevalue(layout), segmentor
    out = tmp_path / 'out'
    assert main([str(root), str(folder / 'config.py'), str(folder / 'model.pth'), '--out', str(out)]) == 0
    said = capsys.readouterr().out
    assert 'the model does not know table: their pixels stay' in said and '10 of 10 samples are listed' in said
    found, per_class = [], {index: [] for index in range(len(CLASSES))}
    for old, new in zip(read_manifest(root), read_manifest(out), strict=True):
        image, labels = (
            read_image(root / old.files[kind], mode) for kind, mode in dict(image='RGB', semantic=None).items()
        )
        loss = losses(model, image, labels)
        found.append((labels, loss, read_image(out / new.files['semantic'], None)))
        for index, values in per_class.items():
            values.append(loss[labels == index])
    limits = {index: 1.25 * np.concatenate(values).mean() for index, values in per_class.items()}
    changed = 0
    for labels, loss, after in found:
        for index, name in enumerate(CLASSES):
            pixels = labels == index
            beyond = pixels & (loss > limits[index]) if name in KNOWN else np.zeros_like(pixels)
            close = np.abs(loss - limits[index]) < 1e-3
            assert ((after[pixels] == 255) == beyond[pixels])[~close[pixels]].all()
            assert ((after == labels) | (after == 255))[pixels].all()
            changed += int(beyond.sum())
        assert (after[labels == 255] == 255).all()
    assert 0.02 < changed / sum(labels.size for labels, _, _ in found) < 0.6


@pytest.mark.parametrize(
    ('arguments', 'words'),
    [
        (['config.py', 'no.pth'], 'there is no file'),
        (['config.py', 'model.pth', '--tolerance', '0'], 'tolerance is 0; it must be more than 0'),
    ],
)
def test_mistakes_are_one_line(in_folders, segmentor, tmp_path, capsys, arguments, words):
    folder, _ = segmentor
    files = [str(folder / name) for name in arguments[:2]]
    assert main([str(in_folders), *files, *arguments[2:], '--out', str(tmp_path / 'out')]) == 2
    said = capsys.readouterr().err
    assert words in said and said.count('\n') == 1 and not (tmp_path / 'out').exists()


def test_a_model_of_other_classes(in_folders, segmentor, tmp_path, capsys):
    folder, _ = segmentor
    stored = torch.load(folder / 'model.pth', weights_only=True)
    stored['meta']['dataset_meta']['classes'] = ('a', 'b', 'c', 'd')
    torch.save(stored, tmp_path / 'other.pth')
    out = ['--out', str(tmp_path / 'out')]
    assert main([str(in_folders), str(folder / 'config.py'), str(tmp_path / 'other.pth'), *out]) == 2
    assert 'knows none of the classes of the label maps, background, person' in capsys.readouterr().err
