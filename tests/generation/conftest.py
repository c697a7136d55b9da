"""A recipe over real parts: the tiny generator of tests/conftest.py and a small decoder that was never trained."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope

from mmdatasetdm.generation import generate, load_recipe
from mmdatasetdm.registry import MODELS

PIXELS = dict(type='mmdatasetdm.PixelDecoder', feat_channels=16)
CLASSES = ('background', 'person', 'chair', 'table', 'sofa')
PALETTE = [[0, 0, 0], [200, 30, 30], [30, 200, 30], [30, 30, 200], [200, 200, 30]]


def write_decoder(folder: Path, generator: Path, *, classes=CLASSES, seed: int = 0) -> tuple[Path, Path]:
    """A decoder's config and checkpoint, as training leaves them."""
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / 'decoder.py'
    config.write_text(f"""
custom_imports = dict(imports=['mmdatasetdm'])
default_scope = 'mmseg'
model = dict(
    type='mmdatasetdm.DiffusionSegmentor',
    backbone=dict(type='mmdatasetdm.DiffusionFeatureBackbone', generator={str(generator)!r}, timestep=1,
                  prompt='a room', class_phrases=('room',)),
    decode_head=dict(type='mmdatasetdm.PixelClassifierHead', num_classes={len(classes)}, pixel_decoder={PIXELS},
                     loss=dict(type='mmdatasetdm.PixelCriterion')))
""")
    import mmdatasetdm.models  # noqa: F401

    torch.manual_seed(seed)
    model = MODELS.build(Config.fromfile(config).model).eval()
    spread_logits(model)
    checkpoint = folder / f'decoder_{seed}.pth'
    torch.save(
        dict(
            state_dict=model.state_dict(),
            meta=dict(dataset_meta=dict(classes=classes, palette=PALETTE[: len(classes)])),
        ),
        checkpoint,
    )
    return config, checkpoint


@torch.no_grad()
def spread_logits(model) -> None:
    """Centre and spread what an untrained decoder of pixels says, so that every class wins somewhere."""
    logits = model.decode_head(model.backbone.forward_latents(torch.randn(4, 16, 8, 8)))
    spread = logits.std((0, 2, 3))
    classifier = model.decode_head.decoder.classifier
    classifier.bias.sub_(logits.mean((0, 2, 3))).div_(spread)
    classifier.weight.div_(spread[:, None, None, None])


HEADS = dict(
    queries="type='mmdatasetdm.InstanceDecoderHead', loss=dict(type='mmdatasetdm.SetCriterion'), "
    "transformer_decoder=dict(type='mmdatasetdm.TransformerDecoder', num_queries=4, num_layers=1, num_heads=2, "
    'feedforward_channels=16)',
    pixels="type='mmdatasetdm.PixelInstanceHead', loss=dict(type='mmdatasetdm.PixelCriterion'), max_instances=3",
)


def write_instance_decoder(
    folder: Path, generator: Path, *, classes=CLASSES[1:], head: str = 'queries'
) -> tuple[Path, Path]:
    """The same for objects: four queries of any class, or parts of what pixels are called."""
    config = folder / 'instance.py'
    config.write_text(f"""
custom_imports = dict(imports=['mmdatasetdm', 'mmdatasetdm.models.detectors'])
default_scope = 'mmdet'
model = dict(
    type='mmdatasetdm.DiffusionMaskFormer',
    data_preprocessor=dict(type='DetDataPreprocessor'),
    backbone=dict(type='mmdatasetdm.DiffusionFeatureBackbone', generator={str(generator)!r}, timestep=1,
                  prompt='a room', class_phrases=('room',)),
    panoptic_head=dict(num_classes={len(classes)}, pixel_decoder={PIXELS}, {HEADS[head]}),
    panoptic_fusion_head=dict(type='MaskFormerFusionHead', loss_panoptic=None),
    test_cfg=dict(panoptic_on=False, instance_on=True, max_per_image=4))
""")
    read = Config.fromfile(config)
    init_default_scope('mmdet')
    torch.manual_seed(0)
    model = MODELS.build(read.model)
    init_default_scope('mmseg')
    if head == 'queries':
        with torch.no_grad():  # sure of its objects
            model.panoptic_head.decoder.transformer_decoder.class_embed.bias[-1] -= 5
    else:
        spread_logits(model)
    checkpoint = folder / 'instance.pth'
    torch.save(dict(state_dict=model.state_dict(), meta=dict(dataset_meta=dict(classes=classes))), checkpoint)
    return config, checkpoint


def write_pose_decoder(folder: Path, generator: Path) -> tuple[Path, Path]:
    """The same for joints; its maps are never empty."""
    from mmpose.datasets.datasets.utils import parse_pose_metainfo

    config = folder / 'pose.py'
    config.write_text(f"""
custom_imports = dict(imports=['mmdatasetdm', 'mmpose.models', 'mmdatasetdm.models.pose_estimators'])
default_scope = 'mmpose'
model = dict(
    type='mmdatasetdm.DiffusionPoseEstimator',
    backbone=dict(type='mmdatasetdm.DiffusionFeatureBackbone', generator={str(generator)!r}, timestep=1,
                  prompt='a room', class_phrases=('room',)),
    neck=dict(type='mmdatasetdm.PixelDecoderNeck', pixel_decoder=dict({PIXELS}, upsample=(2,))),
    head=dict(type='mmpose.HeatmapHead', in_channels=16, out_channels=17, deconv_out_channels=None,
              loss=dict(type='KeypointMSELoss'),
              decoder=dict(type='MSRAHeatmap', input_size=(64, 64), heatmap_size=(16, 16), sigma=1)))
""")
    read = Config.fromfile(config)
    init_default_scope('mmpose')
    torch.manual_seed(0)
    model = MODELS.build(read.model)
    with torch.no_grad():
        model.head.final_layer.bias.fill_(0.5)
    meta = parse_pose_metainfo(dict(from_file='configs/_base_/datasets/coco.py'))
    init_default_scope('mmseg')
    checkpoint = folder / 'pose.pth'
    torch.save(dict(state_dict=model.state_dict(), meta=dict(dataset_meta=meta)), checkpoint)
    return config, checkpoint


def write_depth_decoder(folder: Path, generator: Path) -> tuple[Path, Path]:
    """The same for depth, on the same features as ``write_decoder``'s."""
    config = folder / 'depth.py'
    config.write_text(f"""
custom_imports = dict(imports=['mmdatasetdm'])
default_scope = 'mmseg'
model = dict(
    type='mmdatasetdm.DiffusionDepthEstimator',
    backbone=dict(type='mmdatasetdm.DiffusionFeatureBackbone', generator={str(generator)!r}, timestep=1,
                  prompt='a room', class_phrases=('room',)),
    decode_head=dict(type='mmdatasetdm.DepthDecoderHead', pixel_decoder={PIXELS},
                     loss=dict(type='mmdatasetdm.SiLogCriterion')))
""")
    import mmdatasetdm.models  # noqa: F401

    torch.manual_seed(0)
    model = MODELS.build(Config.fromfile(config).model)
    checkpoint = folder / 'depth.pth'
    torch.save(dict(state_dict=model.state_dict(), meta=dict(dataset_meta={})), checkpoint)
    return config, checkpoint


@pytest.fixture(scope='session')
def decoder_files(tmp_path_factory, toy_generator_folder) -> tuple[Path, Path]:
    return write_decoder(tmp_path_factory.mktemp('decoder'), toy_generator_folder)


@pytest.fixture(scope='session')
def recipe_file(tmp_path_factory, toy_generator_folder, decoder_files) -> Path:
    """A recipe of small shards; every sample passes its filters."""
    config, checkpoint = decoder_files
    path = tmp_path_factory.mktemp('recipe') / 'recipe.py'
    path.write_text(f"""
generator = {str(toy_generator_folder)!r}
sampler = dict(scheduler='DDIMScheduler', steps=2, guidance=2.0, height=64, width=64)
prompts = dict(type='template', classes=['person', 'chair', 'table', 'sofa'], templates=['a room with {{classes}}'])
decoders = dict(semantic=dict(config={str(config)!r}, checkpoint={str(checkpoint)!r}, ignore=dict(score=0.35)))
writer = dict(type='voc', keep_latents=True)
seed = 3
shard_size = 4
batch_size = 2
""")
    return path


@pytest.fixture
def make_recipe(recipe_file):
    """``make_recipe({'seed': 4})``: the recipe with overrides."""
    return lambda options=None: load_recipe(recipe_file, options=options)


def manifest(out: Path) -> list[dict]:
    """The lines of manifest.jsonl."""
    return [json.loads(line) for line in (out / 'manifest.jsonl').read_text().splitlines()]


@pytest.fixture(scope='session')
def whole(tmp_path_factory, recipe_file) -> Path:
    """An uninterrupted data set of 10 samples: shards of 4, 4 and 2."""
    out = tmp_path_factory.mktemp('whole') / 'out'
    generate(load_recipe(recipe_file), out, num=10)
    return out


def run_and_be_killed(action: Callable[[], object], *, owner: object, name: str, call: int) -> None:
    """Run ``action`` in a forked child that gets SIGKILL when it calls ``owner.name`` for the ``call``-th time.

    The child computes in one thread, since those of OpenMP do not outlive a fork: what is compared with its results
    must be computed so, too (fixture ``one_thread``).
    """
    child = os.fork()
    if not child:
        try:
            torch.set_num_threads(1)
            plain, calls = getattr(owner, name), []

            def counted(*args, **options):
                calls.append(name)
                if len(calls) == call:
                    os.kill(os.getpid(), signal.SIGKILL)
                return plain(*args, **options)

            setattr(owner, name, counted)
            action()
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL, 'it was not killed'


@pytest.fixture(scope='session')
def all_decoders(tmp_path_factory, toy_generator_folder) -> dict:
    """Options for instances, keypoints and depth beside the recipe's masks; the decoders are sure of what they say."""
    pytest.importorskip('mmpose', reason='mmpose is not installed')
    folder, decoders = tmp_path_factory.mktemp('decoders'), {}
    kinds = dict(instance=write_instance_decoder, pose=write_pose_decoder, depth=write_depth_decoder)
    for task, write in kinds.items():
        config, checkpoint = write(folder, toy_generator_folder)
        decoders[task] = dict(config=str(config), checkpoint=str(checkpoint))
    decoders['instance'].update(min_score=0.01, max_overlap=1.0, min_fraction=0.0, semantic='clip')
    decoders['pose'].update(visible=0.7, labelled=0.5)
    return decoders


@pytest.fixture(scope='session')
def in_folders(tmp_path_factory, recipe_file, all_decoders) -> Path:
    """VOC's layout: shards of 4, 4 and 2 samples."""
    out = tmp_path_factory.mktemp('in_folders') / 'out'
    generate(load_recipe(recipe_file, options=dict(decoders=all_decoders)), out, num=10)
    return out


@pytest.fixture(scope='session')
def in_tars(tmp_path_factory, recipe_file, all_decoders) -> Path:
    """The same samples in tar files."""
    out = tmp_path_factory.mktemp('in_tars') / 'out'
    options = {'decoders': all_decoders, 'writer.type': 'webdataset'}
    generate(load_recipe(recipe_file, options=options), out, num=10)
    return out


def contents(root: Path, *, but: tuple[str, ...] = ()) -> dict[str, bytes]:
    """Every file of a data set, but for the shard markers and dataset.json (which hold times) and the lock.

    The code version, which a commit during the test changes, is left out of the manifest.
    """
    files = {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob('*'))
        if path.is_file() and path.parent.name != 'shards' and path.name not in ('dataset.json', '.lock', *but)
    }
    files['manifest.jsonl'] = re.sub(rb'"code": "[^"]*"', b'', files['manifest.jsonl'])
    return files
