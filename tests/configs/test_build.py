"""Every config is read, and its model and its pipelines are built."""

import re
from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.registry import init_default_scope

from mmdatasetdm.engine.advice import batch_advice, cache_advice
from mmdatasetdm.engine.schedules import check_training
from mmdatasetdm.registry import MODELS, TRANSFORMS

ROOT = Path(__file__).parents[2]
CONFIGS = sorted(
    str(path.relative_to(ROOT))
    for path in (ROOT / 'configs').rglob('*.py')
    if not {'_base_', 'generate', 'studies', 'template'} & set(path.relative_to(ROOT).parts)
)


def offline(config: Config, generator: Path) -> Config:
    """With a tiny generator and no pretrained weights, neither of which is at hand offline."""
    model = config.model
    model.pop('pretrained', None)
    model.backbone.pop('init_cfg', None)
    if model.backbone.type == 'mmdatasetdm.DiffusionFeatureBackbone':
        names = ['sofa', 'lamp'] if model.backbone.get('class_phrases') else []
        model.backbone.update(generator=str(generator), class_phrases=names, cache=None)
        for head in (model.get('decode_head'), model.get('panoptic_head')):
            if head and head.get('phrase_classes'):
                head.phrase_classes = [1, 2]  # an id for each name
    return config


def transforms(config: dict) -> list:
    """All pipelines in a dataset config, wrappers included."""
    found = [config['pipeline']] if 'pipeline' in config else []
    for part in [config.get('dataset'), *config.get('datasets', ())]:
        found += transforms(part) if part else []
    return found


@pytest.fixture(scope='module')
def built() -> set[str]:
    """The configs of the models that were built: the settings of one model differ in their images alone."""
    return set()


@pytest.mark.parametrize('path', CONFIGS)
def test_config(path, toy_generator_folder, built):
    config = Config.fromfile(ROOT / path)
    named = re.search(r'_(\d+)xb(\d+)[-_]', path)
    if named:
        gpus, batch = map(int, named.groups())
        assert batch_advice(config, world_size=gpus) is None, 'the name tells the batch'
        assert config.get('auto_scale_lr', {}).get('base_batch_size', gpus * batch) == gpus * batch
    assert cache_advice(config) is None
    offline(config, toy_generator_folder)
    assert 'mmdatasetdm' in config.custom_imports['imports']
    check_training(config)
    init_default_scope(config.default_scope)
    model = f'{config.default_scope} {config.model.to_dict()}'
    if model not in built:
        parameters = MODELS.build(config.model).parameters()
        assert 1e5 < sum(parameter.numel() for parameter in parameters if parameter.requires_grad) < 4e8
        built.add(model)
    for part in ('train', 'val', 'test'):
        dataset = config[f'{part}_dataloader'].dataset
        pipelines = transforms(dataset)
        assert pipelines
        for pipeline in pipelines:
            for transform in pipeline:
                TRANSFORMS.build(transform)
    assert config.optim_wrapper.optimizer.lr > 0
    assert config.default_hooks.checkpoint.get('save_best') is None, 'nothing is chosen on other labelled images'


def test_the_paper_is_what_voc_100shot_says():
    config = Config.fromfile(ROOT / 'configs/datasetdm/voc_100shot.py')
    assert config.model.backbone.generator == 'stable-diffusion-v1-5/stable-diffusion-v1-5'
    assert (config.optim_wrapper.optimizer.type, config.optim_wrapper.optimizer.lr) == ('Adam', 1e-3)
    assert (config.train_dataloader.batch_size, config.train_cfg.max_iters) == (1, 50000)
    assert config.train_dataloader.dataset.per_class * 20 == 100
    head = config.model.decode_head.transformer_decoder
    assert (head.num_queries, head.num_layers + 1, head.num_heads, head.feedforward_channels) == (20, 10, 8, 2048)
    assert config.model.decode_head.pixel_decoder.feat_channels == 256
    variants = next(t for t in config.train_pipeline if t.type == 'mmdatasetdm.FixedVariants')
    crop = next(t for t in variants.transforms if t.type == 'RandomCrop')
    assert tuple(crop.crop_size) == (512, 512)


@pytest.mark.parametrize(
    ('task', 'augmentations'),
    [
        ('semantic-9shot_1xb1-50k_cityscapes-512x512', {'RandomResize', 'RandomCrop'}),
        ('openvocab-450shot_1xb1-50k_voc12-512x512', {'RandomResize', 'RandomCrop'}),
        ('instance-400shot_1xb1-50k_coco-512x512', {'RandomResize', 'RandomCrop'}),
        # brightness, contrast, hue and saturation are one transform
        ('depth-50shot_1xb1-50k_nyu-384x512', {'RandomFlip', 'RandomCrop', 'PhotoMetricDistortion'}),
        # scale, crop and rotation are one
        ('pose-800shot_1xb1-50k_coco-512x512', {'RandomFlip', 'RandomBBoxTransform'}),
    ],
)
def test_decoders_are_trained_as_the_paper_says(task, augmentations):
    """DatasetDM supp. 1.3."""
    config = Config.fromfile(ROOT / f'configs/datasetdm/datasetdm_sd15_{task}.py')
    assert (config.optim_wrapper.optimizer.type, config.optim_wrapper.optimizer.lr) == ('Adam', 1e-3)
    assert (config.train_dataloader.batch_size, config.train_cfg.max_iters) == (1, 50000)
    steps = [step for pipeline in transforms(config.train_dataloader.dataset) for step in pipeline]
    steps += [inner for step in steps for inner in step.get('transforms', ())]
    types = {step.type for step in steps}
    assert {name for name in types if name.startswith(('Random', 'Photo'))} == augmentations


def roots(config: dict) -> list[str]:
    """The generated folders in a dataset config, wrappers included."""
    parts = [config, config.get('dataset'), *config.get('datasets', ())]
    return [part['root'] for part in parts if part and part.get('type') == 'mmdatasetdm.SyntheticDataset']


def test_every_config_of_a_stock_model_reads_the_folder_that_its_recipe_names():
    """One run of toyroom_all, with the command in it, serves all of ToyRoom."""
    read = {path: roots(Config.fromfile(ROOT / path).train_dataloader.dataset) for path in CONFIGS}
    toyroom = {path: found for path, found in read.items() if 'toyroom' in path and found}
    assert len(toyroom) >= 16 and all(found == ['data/synthetic/toyroom'] for found in toyroom.values()), toyroom
    recipe = (ROOT / 'configs/generate/toyroom_all.py').read_text(encoding='utf-8')
    assert '--out data/synthetic/toyroom\n' in recipe
    # what the first lines of a recipe say is what the trainings read
    recipes = [path.read_text(encoding='utf-8') for path in (ROOT / 'configs/generate').glob('*.py')]
    for root in {root for found in read.values() for root in found}:
        assert any(f'--out {root}\n' in text for text in recipes), root
