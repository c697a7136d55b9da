"""What is said before a training starts; that our own configs need none of it is in tests/configs/test_build.py."""

from pathlib import Path

import pytest
from mmengine.config import Config

from mmdatasetdm.engine.advice import batch_advice, cache_advice


def config_of(path: Path, **parts) -> Config:
    path.write_text("""
train_dataloader = dict(batch_size=2)
optim_wrapper = dict(optimizer=dict(type='Adam', lr=0.002))
auto_scale_lr = dict(enable=False, base_batch_size=8)
""")
    config = Config.fromfile(path)
    config.merge_from_dict(parts)
    return config


@pytest.mark.parametrize(
    ('name', 'world_size', 'parts', 'advice'),
    [
        ('m2f_r50_4xb2-40k_voc.py', 4, {}, None),
        ('m2f_r50_1xb8-40k_voc.py', 1, {'optim_wrapper.accumulative_counts': 4}, None),
        (
            'm2f_1xb8-300iters_room.py',
            1,
            {},
            "a step takes 1 x 2 = 2 images, but the config's name says 1xb8 = 8, and the learning rate of 0.002 is for "
            'those: --auto-scale-lr makes it 0.0005; optim_wrapper.accumulative_counts=4 takes 8 images',
        ),
        (
            'm2f_4xb1-300iters_room.py',
            4,
            {},
            "a step takes 4 x 2 = 8 images, but the config's name says 4xb1 = 4, and the learning rate of 0.002 is for "
            'those: in proportion it is optim_wrapper.optimizer.lr=0.004; train_dataloader.batch_size=1 takes 4 images',
        ),
        (
            'my_decoder.py',
            3,
            {},
            'a step takes 3 x 2 = 6 images, but auto_scale_lr.base_batch_size is 8, and the learning rate of 0.002 '
            'is for those: --auto-scale-lr makes it 0.0015',
        ),
        ('m2f_1xb8-300iters_room.py', 1, {'auto_scale_lr.enable': True}, None),
        ('nothing.py', 1, {'auto_scale_lr': None}, None),
    ],
)
def test_a_learning_rate_for_another_batch(tmp_path, name, world_size, parts, advice):
    assert batch_advice(config_of(tmp_path / name, **parts), world_size=world_size) == advice


def test_a_cache_without_hits():
    flip, crop = dict(type='RandomFlip', prob=0.5), dict(type='mmseg.RandomCrop', crop_size=(8, 8))
    fixed = dict(type='mmdatasetdm.FixedVariants', variants=2, transforms=[flip, crop])

    def advice(*pipeline: dict, cache='work_dirs/feature_cache') -> str | None:
        backbone = dict(type='mmdatasetdm.DiffusionFeatureBackbone', timestep=1, cache=cache)
        data = dict(type='RepeatDataset', dataset=dict(type='FewShotDataset', pipeline=list(pipeline)))
        return cache_advice(Config(dict(model=dict(backbone=backbone), train_dataloader=dict(dataset=data))))

    assert advice(fixed) is None and advice(fixed, dict(flip, prob=1.0)) is None and advice(crop, cache=None) is None
    said = advice(fixed, crop)
    assert said.startswith('model.backbone.cache is work_dirs/feature_cache, but RandomCrop changes every image anew')
    assert 'mmdatasetdm.FixedVariants' in said and 'model.backbone.cache=None' in said
    assert cache_advice(Config(dict(model=dict(backbone=dict(type='ResNet'))))) is None
