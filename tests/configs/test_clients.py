"""What OpenMMLab's own tools ask of a config: pipelines where they look for them, ``tta_*`` and ``auto_scale_lr``."""

import re
from pathlib import Path

import pytest
from mmengine.config import Config

CONFIGS = Path(__file__).parents[2] / 'configs'
# 'both' and 'synthetic' are 'real' with other training images
OURS = [
    path
    for path in sorted(CONFIGS.glob('*/*.py'))
    if path.parent.name == 'datasetdm' or re.search(r'[-]real[-.]', path.name)
]


@pytest.mark.parametrize('path', OURS, ids=lambda path: path.stem)
def test_what_the_tools_ask_for(path):
    config = Config.fromfile(path)
    dataset = config.test_dataloader.dataset
    types = [step.type for step in dataset.pipeline]
    assert types[0] in ('LoadImageFromFile', 'LoadImage')  # the inferencers exchange it, and look at no inner data set
    named = re.search(r'_(\d+)xb(\d+)', path.stem)
    gpus, batch = named.groups() if named else (1, config.train_dataloader.batch_size)
    assert config.auto_scale_lr.base_batch_size == int(gpus) * int(batch)
    assert int(batch) == config.train_dataloader.batch_size
    assert not config.auto_scale_lr.get('enable')
    if config.default_scope == 'mmpose':
        assert config.data_mode == 'topdown'
        return
    assert 'type' in config.tta_model
    assert config.tta_pipeline[1].type == 'TestTimeAug'
    if config.default_scope == 'mmseg':
        # mmseg's inference_model leaves out LoadAnnotations alone
        loads = {step.type for step in config.test_pipeline if step.type.startswith('Load')}
        assert loads <= {'LoadImageFromFile', 'LoadAnnotations'}
