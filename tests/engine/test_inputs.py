"""What a run reads is looked for in the configs that are shipped, before anything of them is built."""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from mmdatasetdm.engine.inputs import check_data, check_weights
from mmdatasetdm.errors import UserError

ROOT = Path(__file__).parents[2]
REAL = sorted(
    path
    for path in (ROOT / 'configs').rglob('*.py')
    if not {'_base_', 'generate', 'studies', 'template'} & set(path.parts) and 'toyroom' not in path.name
)


@pytest.fixture
def nowhere(tmp_path, monkeypatch) -> Path:
    """No data, wherever the variables of this machine lead to."""
    for name in ('CAMVID', 'CITYSCAPES', 'COCO', 'DEEPFASHION', 'NYU', 'VOC'):
        monkeypatch.setenv(f'MMDATASETDM_{name}', str(tmp_path / name))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_config_of_real_data_says_what_to_download(nowhere):
    assert len(REAL) > 20
    for path in REAL:
        config = Config.fromfile(path)
        for part in ('train', 'val', 'test'):
            with pytest.raises(UserError) as raised:
                check_data(config, [part])
            said = str(raised.value)
            assert '\n' not in said and ' does not exist' in said, path
            if 'synthetic' in path.stem and 'real' not in path.stem and part == 'train':
                assert 'run python tools/generate.py' in said, path
            else:
                assert str(nowhere) in said and ('ownload' in said or 'Put' in said) and 'MMDATASETDM_' in said, path


def test_real_and_synthetic_images_are_both_looked_for(nowhere):
    (path,) = [one for one in REAL if one.name == 'deeplabv3_r101-d8_4xb4-40k_voc12-100shot-real-synthetic-512x512.py']
    for name in ('JPEGImages', 'SegmentationClass', 'ImageSets/Segmentation'):
        (nowhere / 'VOC' / name).mkdir(parents=True)
    config = Config.fromfile(path)
    with pytest.raises(UserError, match=r'VOC/ImageSets/Segmentation/train\.txt does not exist'):
        check_data(config, ['train'])
    (nowhere / 'VOC/ImageSets/Segmentation/train.txt').write_text('a\n')
    with pytest.raises(UserError, match=r'synthetic data set data/synthetic/voc does not exist: run python tools/gen'):
        check_data(config, ['train'])
    (nowhere / 'data/synthetic/voc').mkdir(parents=True)
    with pytest.raises(UserError, match=r'is not finished \(no dataset\.json\)'):
        check_data(config, ['train'])
    (nowhere / 'data/synthetic/voc/dataset.json').write_text('{}')
    check_data(config, ['train'])


def test_the_files_of_evaluators_are_looked_for(tmp_path):
    evaluator = dict(type='CocoMetric', ann_file=str(tmp_path / 'val.json'))
    data = dict(type='FewShotDataset', download='Download it.', dataset=dict(data_root=str(tmp_path)))
    config = dict(val_evaluator=[evaluator], val_dataloader=dict(dataset=data))
    with pytest.raises(UserError, match=r'val\.json, which val_evaluator reads, does not exist\. Download it\.'):
        check_data(config, ['val'])
    check_data(config, ['train'])
    (tmp_path / 'val.json').write_text('{}')
    check_data(config, ['val'])


def test_files_of_another_storage_are_left_alone():
    for more in (dict(data_root='s3://bucket/voc'), dict(data_root='voc', backend_args=dict(backend='petrel'))):
        check_data(dict(train_dataloader=dict(dataset=dict(type='BaseSegDataset', **more))), ['train'])


def test_weights_are_had_before_the_model_is_built(tmp_path):
    file = tmp_path / 'weights.pth'
    torch.save(dict(a=torch.zeros(1)), file)
    backbone = dict(type='ResNet', init_cfg=dict(type='Pretrained', checkpoint=str(file)))
    check_weights(dict(model=dict(backbone=backbone)))
    for model in (
        dict(pretrained='absent.pth'),
        dict(parts=[dict(init_cfg=dict(backbone['init_cfg'], checkpoint='absent.pth'))]),
    ):
        with pytest.raises(UserError, match=r'pretrained weights absent\.pth'):
            check_weights(dict(model=model))
        check_weights(dict(model=model, load_from='own.pth'))
    url = 'http://127.0.0.1:9/weights.pth'
    with pytest.raises(UserError, match=r'weights\.pth: .*without a network, put the file on disk .*/checkpoints'):
        check_weights(dict(model=dict(pretrained=url)))


def test_the_address_of_weights_with_a_short_name_is_said(tmp_path, monkeypatch):
    def offline(*args, **kwargs):
        raise OSError('no network')

    monkeypatch.setattr('torch.hub.download_url_to_file', offline)
    monkeypatch.setattr('torch.hub.get_dir', lambda: str(tmp_path))
    for name, address in (
        ('torchvision://resnet50', 'https://download.pytorch.org/models/resnet50-'),
        ('open-mmlab://resnet101_v1c', 'resnet101_v1c-'),
    ):
        with pytest.raises(UserError, match=rf'put \S*{address}\S*\.pth in {tmp_path}/checkpoints'):
            check_weights(dict(model=dict(pretrained=name)))


def test_a_generator_is_looked_for_before_the_model_is_built():
    model = dict(backbone=dict(type='mmdatasetdm.DiffusionFeatureBackbone', generator='toyroom'))
    check_weights(dict(model=model))
    model['backbone']['generator'] = './nowhere'
    for parts in (['train', 'val'], ['test']):
        with pytest.raises(UserError, match=r"there is no generator folder '\./nowhere'"):
            check_weights(dict(model=model), parts)
