"""NYU's recipe, its decoder and DepthFormer fit together: sizes, folders, images that are not square."""

from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope

from mmdatasetdm.generation.recipe import load_prompts
from mmdatasetdm.registry import MODELS

ROOT = Path(__file__).parents[2]
RECIPE = ROOT / 'configs/generate/nyu_depth.py'
DEPTHFORMER = ROOT / 'configs/depthformer/depthformer_swint_8xb2-38k_nyu-50shot-synthetic-416x544.py'


def test_the_sampled_images_are_as_large_as_the_networks_crops():
    sampler = Config.fromfile(RECIPE).sampler
    downstream = Config.fromfile(DEPTHFORMER)
    region = next(step for step in downstream.train_pipeline if 'CropRegion' in step.type)
    crop = next(step for step in downstream.train_pipeline if step.type == 'RandomCrop').crop_size
    assert sampler.height >= region.bottom and sampler.width >= region.right
    assert crop[0] <= region.bottom - region.top and crop[1] <= region.right - region.left
    assert tuple(crop) == tuple(downstream.model.data_preprocessor.size)
    # what the first lines of the recipe say is what the training reads
    assert f'--out {downstream.synthetic.root}' in RECIPE.read_text(encoding='utf-8')


def test_the_prompts_are_scenes():
    prompts = load_prompts(RECIPE)
    texts = {prompts(index).text for index in range(200)}
    assert len(texts) > 150
    assert all(any(name in text for name in prompts.classes) for text in texts)


def test_its_decoder_reads_latents_whose_coarse_levels_are_rounded_up(toy_generator_folder):
    config = Config.fromfile(ROOT / Config.fromfile(RECIPE).decoders.depth.config)
    height, width = config.train_pipeline[3].transforms[0].crop_size
    assert height % 64 == width % 64 == 0
    init_default_scope('mmseg')
    config.model.backbone.generator = str(toy_generator_folder)
    config.model.decode_head.pixel_decoder.feat_channels = 16
    model = MODELS.build(config.model).eval()
    # a quarter of 480x640: 15x20 latents, then 8x10 and 4x5
    with torch.no_grad():
        features = model.backbone.forward_latents(torch.randn(1, 16, 15, 20))
        depth = model.decode_head.predict_depth(features, (120, 160))
    assert [tuple(level.shape[-2:]) for level in features] == [(15, 20), (8, 10), (4, 5)]
    assert depth.shape == (1, 1, 120, 160) and depth.min() > 0 and depth.max() < 10
