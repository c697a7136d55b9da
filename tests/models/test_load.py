import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import save_checkpoint
from mmseg.models import EncoderDecoder

from mmdatasetdm.errors import UserError
from mmdatasetdm.models import build_decoder
from mmdatasetdm.models.load import name_classes
from mmdatasetdm.registry import MODELS


@pytest.fixture
def config(toy_generator_folder) -> Config:
    config = Config.fromfile('configs/datasetdm/datasetdm_toyroom_semantic-20shot_1xb8-500iters_toyroom-128x128.py')
    config.model.backbone.update(generator=str(toy_generator_folder), cache=None, class_phrases=['sofa', 'lamp'])
    return config


@pytest.fixture
def checkpoint(config, tmp_path) -> str:
    init_default_scope('mmseg')
    torch.manual_seed(0)
    model = MODELS.build(config.model)
    path = tmp_path / 'decoder.pth'
    save_checkpoint({'state_dict': model.state_dict(), 'meta': {'dataset_meta': {'classes': ('a', 'b')}}}, str(path))
    return str(path)


def test_a_checkpoint_labels_images_and_latents_alike(config, checkpoint):
    model = build_decoder(config, checkpoint)
    assert isinstance(model, EncoderDecoder) and not model.training
    assert model.dataset_meta == {'classes': ('a', 'b')}
    images = torch.rand(2, 3, 128, 128) * 2 - 1
    latents = model.backbone.generator.encode_images(images)
    probabilities = model.decode_head.predict_probs(model.backbone.forward_latents(latents), (128, 128))
    assert probabilities.shape == (2, 13, 128, 128)
    predicted = torch.stack([result.pred_sem_seg.data[0] for result in model.predict(images)])
    assert torch.equal(predicted, probabilities.argmax(1))


def test_a_checkpoint_holds_the_decoder_alone(checkpoint):
    keys = torch.load(checkpoint, weights_only=False)['state_dict']
    assert {key.split('.')[0] for key in keys} == {'backbone', 'decode_head'}
    assert [key for key in keys if key.startswith('backbone')] == ['backbone.belongs_to']


def test_absent_files_are_named(config, checkpoint):
    with pytest.raises(UserError, match=r'no\.pth does not exist: train a decoder'):
        build_decoder(config, 'no.pth')
    with pytest.raises(UserError, match=r'no\.py does not exist'):
        build_decoder('no.py', checkpoint)


def test_a_checkpoint_of_another_config_is_named(config, checkpoint):
    config.model.decode_head.transformer_decoder.num_queries = 7
    with pytest.raises(UserError, match=r'not a checkpoint of this decoder config .*query_feat') as raised:
        build_decoder(config, checkpoint)
    assert '\n' not in str(raised.value)


def test_a_decoder_whose_training_broke_down(config, checkpoint):
    stored = torch.load(checkpoint, weights_only=False)
    list(stored['state_dict'].values())[-1].view(-1)[0] = torch.nan
    torch.save(stored, checkpoint)
    with pytest.raises(UserError, match=r'decoder\.pth: decode_head\.\S+ is not finite \(NaN\).*an earlier checkpoint'):
        build_decoder(config, checkpoint)


def test_the_stock_segmentor_takes_the_same_head(config):
    init_default_scope('mmseg')
    ours = MODELS.build(config.model)
    config.model.type = 'EncoderDecoder'
    config.model.decode_head.update(in_channels=ours.backbone.out_channels, stride=8)
    stock = MODELS.build(config.model)
    assert {k: v.shape for k, v in stock.state_dict().items()} == {k: v.shape for k, v in ours.state_dict().items()}


def test_a_decoder_for_another_task(config, checkpoint):
    assert build_decoder(config, checkpoint, task='semantic').decode_head.task == 'semantic'
    with pytest.raises(UserError, match=r'toyroom_semantic\S+ is the config of a decoder for another task'):
        build_decoder(config, checkpoint, task='depth')


def test_names_of_an_open_vocabulary(config):
    with pytest.raises(UserError, match='has a fixed list of classes; an open_vocabulary decoder takes any'):
        name_classes(config, ['background', 'lamp'])
    for name in (
        'datasetdm_toyroom_openvocab-50shot_1xb8-300iters_toyroom-128x128',
        'datasetdm_toyroom_openvocab-queries-50shot_1xb8-300iters_toyroom-128x128',
    ):
        config = Config.fromfile(f'configs/datasetdm/{name}.py')
        name_classes(config, ['background', 'lamp', 'sofa'])
        assert config.model.backbone.class_phrases == ['lamp', 'sofa']
        assert config.model.decode_head.num_classes == 3 and config.model.decode_head.phrase_classes == [1, 2]
