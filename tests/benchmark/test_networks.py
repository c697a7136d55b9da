"""The operations of stock models, by which the hours of a study are estimated."""

from pathlib import Path

import pytest
from mmengine.config import Config

from mmdatasetdm.benchmark.networks import input_size, measure_network
from mmdatasetdm.errors import UserError
from mmdatasetdm.study import load_study_config
from tools import benchmark

ROOT = Path(__file__).parents[2]
MOBILENET = ROOT / 'configs/deeplabv3plus/deeplabv3plus_mobilenet-v2-d8_4xb4-40k_voc12-100shot-real-512x512.py'


@pytest.mark.parametrize(
    ('name', 'size'),
    [
        ('deeplabv3plus/deeplabv3plus_mobilenet-v2-d8_4xb4-40k_voc12-100shot-real-512x512', (512, 512)),
        ('mask2former/mask2former_r50_8xb2-90k_cityscapes-9shot-real-512x1024', (512, 1024)),
        ('mask2former/mask2former_r50_8xb2-lsj-40k_coco-400shot-instance-real', (1024, 1024)),
        ('depthformer/depthformer_swinl_8xb2-38k_nyu-50shot-real-416x544', (416, 544)),
        ('topdown_heatmap/td-hm_res50_8xb64-40k_coco-800shot-real-256x192', (256, 192)),
    ],
)
def test_the_size_is_that_of_training(name, size):
    assert input_size(Config.fromfile(ROOT / f'configs/{name}.py')) == size


def test_what_the_studies_state_is_what_is_counted(capsys):
    """Of the smallest network of the paper's tables, in a quarter of its size."""
    config = Config.fromfile(MOBILENET)
    config.model.data_preprocessor.size = (256, 256)
    size = measure_network(config)
    costs = load_study_config(ROOT / 'configs/studies/supp_table_4.py').costs
    operations, parameters = costs.network(MOBILENET.stem)
    assert size.operations * 4 == pytest.approx(operations, rel=0.02)  # a pooled feature has one value in any size
    assert size.parameters == pytest.approx(parameters, rel=0.02)
    assert benchmark.main(['networks', str(ROOT / 'nothing.py')]) == 2
    assert 'nothing.py' in capsys.readouterr().err


def test_a_config_that_does_not_say_its_size():
    with pytest.raises(UserError, match='neither its data_preprocessor nor its codec has a size'):
        input_size(Config(dict(model=dict(data_preprocessor=dict(mean=[0])))))
