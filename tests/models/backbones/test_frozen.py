"""In mixed precision the decoder trains on the very features that it will label."""

from __future__ import annotations

import torch
from mmengine.optim import AmpOptimWrapper
from mmengine.registry import init_default_scope
from mmengine.structures import PixelData
from mmseg.models import SegDataPreProcessor
from mmseg.structures import SegDataSample

from mmdatasetdm.models.backbones.frozen import frozen
from mmdatasetdm.registry import MODELS


def test_features_of_mixed_precision_are_those_of_annotation(toy_generator_folder):
    init_default_scope('mmseg')
    model = MODELS.build(
        dict(
            type='mmdatasetdm.DiffusionSegmentor',
            data_preprocessor=dict(
                type=SegDataPreProcessor, size=(64, 64), mean=[127.5] * 3, std=[127.5] * 3, bgr_to_rgb=True
            ),
            backbone=dict(
                type='mmdatasetdm.DiffusionFeatureBackbone',
                generator=str(toy_generator_folder),
                timestep=3,
                prompt='the vase in the room',  # a text that nothing has encoded before
                class_phrases=('vase',),
                vae_strides=(4,),
            ),
            decode_head=dict(
                type='mmdatasetdm.PixelClassifierHead',
                num_classes=2,
                pixel_decoder=dict(type='mmdatasetdm.PixelDecoder', feat_channels=16),
                loss=dict(type='mmdatasetdm.PixelCriterion'),
            ),
            train_cfg=dict(),
        )
    )
    read, seen = [], {}
    model.backbone.register_forward_hook(lambda module, inputs, output: read.append(output))
    first = model.decode_head.decoder.pixel_decoder.projections[0]
    first.register_forward_hook(lambda module, inputs, output: seen.update(dtype=output.dtype))
    optimizer = AmpOptimWrapper(
        dtype='bfloat16', optimizer=torch.optim.Adam(model.parameters()), clip_grad=dict(max_norm=1.0)
    )
    image = torch.randint(0, 256, (3, 64, 64), dtype=torch.uint8)
    sample = SegDataSample(gt_sem_seg=PixelData(data=(image[:1] > 127).long()), metainfo=dict(img_shape=(64, 64)))
    before = [parameter.clone() for parameter in model.parameters()]
    losses = model.train_step(dict(inputs=[image], data_samples=[sample]), optimizer)
    assert torch.isfinite(losses['loss']) and seen['dtype'] == torch.bfloat16, 'the decoder is in mixed precision'
    assert not any(torch.equal(old, new) for old, new in zip(before, model.parameters(), strict=True))

    pixels = (image.flip(0)[None].float() - 127.5) / 127.5
    latents = model.backbone.generator.encode_images(pixels)
    annotated = model.backbone.levels(latents, model.backbone.extract(latents))
    assert all(level.dtype == torch.float32 for level in read[0])
    assert all(torch.equal(a, b) for a, b in zip(read[0], annotated, strict=True))


def test_what_is_frozen_has_no_gradient_and_its_own_precision():
    weight = torch.randn(4, 4, requires_grad=True)
    product = frozen(lambda x: x @ weight)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        inside, other = product(torch.ones(2, 4)), torch.ones(2, 4) @ weight
    assert inside.dtype == torch.float32 and not inside.requires_grad
    assert other.dtype == torch.bfloat16 and other.requires_grad, 'what stands around it is as it was'
