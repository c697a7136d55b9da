"""Pretrained weights arrive whole, in the layout of their publisher, in every backbone of every config; or say why."""

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
import torchvision
from mmengine.config import Config
from mmengine.registry import init_default_scope
from torch import Tensor, nn
from torchvision.models.swin_transformer import SwinTransformer

from mmdatasetdm.errors import UserError
from mmdatasetdm.models.downstream.depthformer import StemSwinTransformer
from mmdatasetdm.registry import MODELS

ROOT = Path(__file__).parents[2]


SWIN_T = dict(embed_dim=96, depths=[2, 2, 6, 2], num_heads=[3, 6, 12, 24])
SMALL = dict(embed_dim=24, depths=[2, 2, 2, 2], num_heads=[1, 2, 2, 4])


def true_swin(embed_dim: int, depths: list[int], num_heads: list[int], window: int = 7) -> SwinTransformer:
    """torchvision's, which merges patches in Microsoft's order, with position biases that are not nothing."""
    torch.manual_seed(0)
    model = SwinTransformer(
        patch_size=[4, 4],
        embed_dim=embed_dim,
        depths=depths,
        num_heads=num_heads,
        window_size=[window, window],
        stochastic_depth_prob=0.0,
    )
    for name, parameter in model.named_parameters():
        if parameter.ndim == 1 or 'bias_table' in name:
            nn.init.normal_(parameter, std=0.5)
            if 'norm' in name and 'weight' in name:
                parameter.data += 1
    return model.eval()


def microsofts(model: SwinTransformer) -> dict[str, Tensor]:
    """Its weights under the names of Microsoft's files, with the buffers that those hold."""
    names = {'features.0.0.': 'patch_embed.proj.', 'features.0.2.': 'patch_embed.norm.'}
    for stage in range(4):
        names[f'features.{2 * stage + 1}.'] = f'layers.{stage}.blocks.'
        names[f'features.{2 * stage + 2}.'] = f'layers.{stage}.downsample.'
    weights = {}
    for key, value in model.state_dict().items():
        start = next((start for start in names if key.startswith(start)), '')
        key = names.get(start, '') + key[len(start) :]
        key = key.replace('.mlp.0.', '.mlp.fc1.').replace('.mlp.3.', '.mlp.fc2.')
        weights[key] = value.view(49, 49) if key.endswith('relative_position_index') else value
        if key.endswith('blocks.1.attn.qkv.weight'):
            weights[key.replace('attn.qkv.weight', 'attn_mask')] = torch.zeros(4, 49, 49)
    return weights


def stages_of(model: SwinTransformer, images: Tensor) -> list[Tensor]:
    """The output of each stage (B, C, H, W), normalised over the channels without learned factors."""
    outputs, hidden = [], images
    for index, layer in enumerate(model.features):
        hidden = layer(hidden)
        if index % 2:
            outputs.append(F.layer_norm(hidden, hidden.shape[-1:]).permute(0, 3, 1, 2))
    return outputs


@torch.no_grad()
def test_microsofts_swin_t_sees_in_depthformer_what_it_sees_by_itself(tmp_path):
    true = true_swin(**SWIN_T)
    torch.save(dict(model=microsofts(true)), tmp_path / 'swin_tiny.pth')
    backbone = StemSwinTransformer(pretrained=str(tmp_path / 'swin_tiny.pth')).eval()
    backbone.init_weights()
    images = torch.randn(
        1, 3, 256, 256
    ).double()  # of 224, the last map is one window, which torchvision does not shift
    for found, expected in zip(backbone.double()(images)[1:], stages_of(true.double(), images), strict=True):
        torch.testing.assert_close(found, expected)


@pytest.mark.parametrize('kind', ['mmseg.SwinTransformer', 'mmdet.SwinTransformer'])
@torch.no_grad()
def test_the_stock_classes_load_it_too(tmp_path, kind, log):
    init_default_scope(kind.split('.')[0])
    true = true_swin(**SMALL)
    weights = microsofts(true)
    torch.save(dict(model=weights), tmp_path / 'swin.pth')
    backbone = MODELS.build(
        dict(
            type=kind,
            embed_dims=24,
            depths=SMALL['depths'],
            num_heads=SMALL['num_heads'],
            init_cfg=dict(type='Pretrained', checkpoint=str(tmp_path / 'swin.pth')),
        )
    )
    backbone.init_weights()
    backbone.eval()
    images = torch.randn(
        1, 3, 256, 256
    ).double()  # of 224, the last map is one window, which torchvision does not shift
    for found, expected in zip(backbone.double()(images), stages_of(true.double(), images), strict=True):
        torch.testing.assert_close(found, expected)
    # all but the last norm, the classifier and the buffers that follow from the sizes
    learned = sum('relative_position_index' not in key and 'attn_mask' not in key for key in weights) - 4
    assert f'{learned} of {len(weights)} tensors of the file are used' in '\n'.join(log)
    assert f'{learned} of {learned + 8} of SwinTransformer are loaded' in '\n'.join(log)


def test_position_biases_of_another_window_are_interpolated(tmp_path):
    torch.save(microsofts(true_swin(**SMALL)), tmp_path / 'swin.pth')
    settings = dict(embed_dims=24, depths=SMALL['depths'], num_heads=SMALL['num_heads'])
    wide = StemSwinTransformer(**settings, window_size=12, pretrained=str(tmp_path / 'swin.pth'))
    wide.init_weights()
    same = StemSwinTransformer(**settings, pretrained=str(tmp_path / 'swin.pth'))
    same.init_weights()
    tables = [backbone.swin.stages[0].blocks[0].attn.w_msa.relative_position_bias_table for backbone in (wide, same)]
    assert [len(table) for table in tables] == [23 * 23, 13 * 13]
    torch.save(wide.swin.state_dict(), tmp_path / 'wide.pth')  # with the indices of its own window
    StemSwinTransformer(**settings, pretrained=str(tmp_path / 'wide.pth')).init_weights()
    # the bias of no distance is in the middle of both
    torch.testing.assert_close(tables[0][264], tables[1][84], atol=0.2, rtol=0.1)


def pretrained_backbones() -> list:
    """A config for each kind of backbone and pretrained file that our configs name."""
    found = {}
    for path in sorted((ROOT / 'configs').glob('*/*-real*.py')):  # the other settings have the same models
        model = Config.fromfile(path).model
        named = model.get('pretrained') or model.backbone.get('pretrained')
        named = named or (model.backbone.get('init_cfg') or {}).get('checkpoint')
        if named:
            found.setdefault((model.backbone.type, named), path)
    return [pytest.param(path, id=named.rsplit('/', 1)[1]) for (_, named), path in found.items()]


def published(backbone: nn.Module, kind: str) -> dict[str, Tensor]:
    """Random weights in the layout of the file that a config names for the backbone."""
    torch.manual_seed(1)
    own = {
        key: torch.randn_like(value) if value.is_floating_point() else value
        for key, value in backbone.state_dict().items()
    }
    if kind == 'torchvision':
        depth = {3: 'resnet50'}[len(backbone.layer1)]
        return {
            key: torch.randn_like(value.float())
            for key, value in getattr(torchvision.models, depth)().state_dict().items()
        }
    if kind == 'mmcls':  # CheckpointLoader takes the backbone of the classifier
        return dict(own, **{'conv2.conv.weight': torch.zeros(8, 8, 1, 1)})
    return dict(own, **{'fc.weight': torch.zeros(1000, 8), 'incre_modules.0.0.conv1.weight': torch.zeros(8, 8, 1, 1)})


@pytest.mark.parametrize('path', pretrained_backbones())
def test_every_pretrained_backbone_of_our_configs_arrives(path, tmp_path):
    config = Config.fromfile(path)
    init_default_scope(config.default_scope)
    model = config.model
    backbone = model.backbone
    named = model.get('pretrained') or backbone.get('pretrained') or backbone.init_cfg.checkpoint
    swin = 'Swin' in backbone.type
    if swin:  # as deep, but narrower: the large one is 0.8 GB
        heads = [1, 2, 4, 8]
        backbone.update(embed_dims=32, num_heads=heads)
    file = tmp_path / 'pretrained.pth'
    if 'pretrained' in backbone:
        backbone.pretrained = str(file)
    elif model.get('pretrained'):  # as mmseg's EncoderDecoder hands it on
        backbone.init_cfg = dict(type='Pretrained', checkpoint=str(file))
    else:
        backbone.init_cfg.checkpoint = str(file)
    built = MODELS.build(backbone)
    if swin and 'SwinTransformer/storage' in named:
        depths = list(backbone.get('depths', SWIN_T['depths']))
        weights = microsofts(true_swin(embed_dim=32, depths=depths, num_heads=heads))
    else:
        weights = published(built, named.split('://')[0])
    if swin and 'mmsegmentation' in named:
        weights = {key: value for key, value in weights.items() if not key.startswith('norm')}
    torch.save(weights, file)
    before = {key: value.clone() for key, value in built.state_dict().items()}
    built.init_weights()
    for key, value in built.state_dict().items():
        fixed = ('num_batches_tracked', 'relative_position_index')
        if key.endswith(fixed) or key.startswith(('stem.', 'swin.norm') if 'Stem' in backbone.type else 'norm'):
            continue
        assert not torch.equal(value, before[key]), f'{key} was not loaded'
        if key in weights:
            assert torch.equal(value, weights[key]), key


def resnet(checkpoint: Path, **init_cfg) -> nn.Module:
    init_default_scope('mmdet')
    return MODELS.build(
        dict(type='mmdet.ResNet', depth=18, init_cfg=dict(type='Pretrained', checkpoint=str(checkpoint), **init_cfg))
    )


def test_torchvisions_resnet_sees_the_same(tmp_path, log):
    true = torchvision.models.resnet18().eval()
    torch.save(true.state_dict(), tmp_path / 'resnet18.pth')
    backbone = resnet(tmp_path / 'resnet18.pth')
    backbone.init_weights()
    backbone.eval()
    images = torch.randn(1, 3, 64, 64)
    hidden = true.maxpool(true.relu(true.bn1(true.conv1(images))))
    expected = true.layer4(true.layer3(true.layer2(true.layer1(hidden))))
    torch.testing.assert_close(backbone(images)[-1], expected)
    assert '100 of 100 of ResNet are loaded; not used: fc.weight, fc.bias' in '\n'.join(log)


def test_a_part_that_does_not_arrive_is_an_error_unless_the_config_names_it(tmp_path):
    weights = torchvision.models.resnet18().state_dict()
    torch.save({key: value for key, value in weights.items() if 'layer4' not in key}, tmp_path / 'part.pth')
    with pytest.raises(UserError, match=r'25 of the 100 tensors of ResNet are not in it, e\.g\. layer4') as raised:
        resnet(tmp_path / 'part.pth').init_weights()
    assert 'missing=[' in str(raised.value) and '\n' not in str(raised.value)
    resnet(tmp_path / 'part.pth', missing=['^layer4']).init_weights()


@pytest.mark.parametrize(
    ('content', 'words'),
    [
        (None, r'file\.pth: no such checkpoint file'),
        ({}, 'it holds no tensors'),
        (dict(state_dict={'layers.0.blocks.0.attn.qkv.weight': torch.zeros(2, 2)}), '100 of the 100 tensors of ResNet'),
        (torchvision.models.resnet50, r'not of the sizes of ResNet, e\.g\. layer1\.0\.conv1\.weight \(64, 64, 1, 1\)'),
    ],
    ids=['absent', 'empty', 'another architecture', 'another size'],
)
def test_files_that_are_not_the_backbones(tmp_path, content, words):
    if content is not None:
        torch.save(content if isinstance(content, dict) else content().state_dict(), tmp_path / 'file.pth')
    with pytest.raises(UserError, match=words):
        resnet(tmp_path / 'file.pth').init_weights()


def test_the_backbone_of_a_whole_model_is_taken(tmp_path):
    weights = {f'backbone.{key}': value for key, value in torchvision.models.resnet18().state_dict().items()}
    torch.save(dict(state_dict={**weights, 'decode_head.conv_seg.weight': torch.zeros(2)}), tmp_path / 'whole.pth')
    backbone = resnet(tmp_path / 'whole.pth')
    backbone.init_weights()
    assert torch.equal(backbone.conv1.weight, weights['backbone.conv1.weight'])
    with pytest.raises(UserError, match="no tensor's name begins with 'neck"):
        resnet(tmp_path / 'whole.pth', prefix='neck').init_weights()
