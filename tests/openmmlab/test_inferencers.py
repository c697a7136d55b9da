"""The inferencers of mmseg, mmdet and mmpose take our configs, a photograph of any size and no labels."""

from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config
from mmengine.hub import get_config, get_model
from mmseg.apis import MMSegInferencer, inference_model, init_model

import mmdatasetdm
from mmdatasetdm.registry import MODELS
from mmdatasetdm.utils import register_all_modules
from tests.openmmlab.conftest import config_file

MAPS = [
    'deeplabv3plus/deeplabv3plus_r18_1xb8-2k_toyroom-real-128x128',
    'mask2former/mask2former_r18_1xb8-2k_toyroom-real-128x128',
    'depthformer/depthformer_tiny_1xb8-2k_toyroom-real-128x128',
    'datasetdm/datasetdm_toyroom_semantic-20shot_1xb8-500iters_toyroom-128x128',
    'datasetdm/datasetdm_toyroom_openvocab-queries-50shot_1xb8-300iters_toyroom-128x128',
    'datasetdm/datasetdm_toyroom_depth-50shot_1xb8-500iters_toyroom-128x128',
    'datasetdm/datasetdm_toyroom_depth-50shot_1xb4-500iters_nyu-256x256',
    'datasetdm/datasetdm_toyroom_semantic-100shot_1xb4-500iters_camvid-256x256',
]
OBJECTS = [
    'mask2former/mask2former_r18_1xb8-2k_toyroom-instance-real-128x128',
    'datasetdm/datasetdm_toyroom_instance-50shot_1xb8-900iters_toyroom-128x128',
    'datasetdm/datasetdm_toyroom_instance-pixel-50shot_1xb8-300iters_toyroom-128x128',
]
JOINTS = [
    'topdown_heatmap/td-hm_res18_1xb8-2k_toyroom-real-128x96',
    'datasetdm/datasetdm_toyroom_pose-50shot_1xb8-1500iters_toyroom-128x128',
    'datasetdm/datasetdm_toyroom_pose-400shot_1xb8-1k_coco-128x128',
]


@pytest.mark.parametrize('name', MAPS)
def test_masks_and_depth_of_a_photograph(name, checkpoint_of, photograph):
    inferencer = MMSegInferencer(config_file(name), checkpoint_of(name), device='cpu', show_progress=False)
    assert inferencer(photograph, out_dir='out')['predictions'].shape == (101, 150)
    assert len(list(Path('out/vis').iterdir())) == 1
    model = init_model(config_file(name), checkpoint_of(name), device='cpu')
    for image in (photograph, np.zeros((45, 33, 3), np.uint8)):
        found = inference_model(model, image)
        predicted = found.pred_depth_map if 'pred_depth_map' in found else found.pred_sem_seg
        assert predicted.shape == ((101, 150) if image is photograph else (45, 33))


@pytest.mark.parametrize('name', OBJECTS)
def test_instances_of_a_photograph(name, checkpoint_of, photograph):
    from mmdet.apis import DetInferencer, inference_detector, init_detector

    inferencer = DetInferencer(config_file(name), checkpoint_of(name), device='cpu', show_progress=False)
    (found,) = inferencer(photograph, out_dir='out', return_datasamples=True)['predictions']
    assert found.pred_instances.masks.shape[1:] == (101, 150)
    assert len(list(Path('out/vis').iterdir())) == 1
    model = init_detector(config_file(name), checkpoint_of(name), device='cpu')
    assert inference_detector(model, photograph).pred_instances.masks.shape[1:] == (101, 150)


@pytest.mark.parametrize('name', JOINTS)
def test_keypoints_of_a_photograph(name, checkpoint_of, photograph):
    apis = pytest.importorskip('mmpose.apis', reason='mmpose is not installed')
    inferencer = apis.MMPoseInferencer(
        pose2d=config_file(name), pose2d_weights=checkpoint_of(name), det_model='whole_image', device='cpu'
    )
    (people,) = next(inferencer(photograph, out_dir='out'))['predictions']
    assert np.shape(people[0]['keypoints']) == (17, 2)
    assert len(list(Path('out/visualizations').iterdir())) == 1
    model = apis.init_model(config_file(name), checkpoint_of(name), device='cpu')
    assert apis.inference_topdown(model, photograph)[0].pred_instances.keypoints.shape == (1, 17, 2)


def test_the_hub_builds_models_of_every_library():
    if not (Path(mmdatasetdm.__file__).parent / '.mim').is_dir():
        pytest.skip('mmdatasetdm is not installed (pip install -e .)')
    kinds = {
        'datasetdm/datasetdm_toyroom_semantic-20shot_1xb8-500iters_toyroom-128x128': 'DiffusionSegmentor',
        MAPS[0]: 'EncoderDecoder',
        OBJECTS[0]: 'Mask2Former',
        'datasetdm/datasetdm_toyroom_pose-50shot_1xb8-1500iters_toyroom-128x128': 'DiffusionPoseEstimator',
    }
    for name, kind in kinds.items():
        assert isinstance(get_config(f'mmdatasetdm::{name}.py'), Config)
        assert type(get_model(f'mmdatasetdm::{name}.py')).__name__ == kind
    register_all_modules()  # again
    assert 'PixelInstanceHead' in MODELS
