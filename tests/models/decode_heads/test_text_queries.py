"""TextQueryHead: names in, masks out; trained on some names and asked for others."""

import pytest
import torch
from mmengine.registry import init_default_scope
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample

import mmdatasetdm  # noqa: F401
from mmdatasetdm.errors import UserError
from mmdatasetdm.models import TextQueryHead
from mmdatasetdm.registry import MODELS

HEAD = dict(
    num_classes=4,
    phrase_classes=(1, 3),
    pixel_decoder=dict(type='mmdatasetdm.PixelDecoder', feat_channels=8, num_memory_levels=2, upsample=(2,)),
    transformer_decoder=dict(
        type='mmdatasetdm.TransformerDecoder', num_queries=3, num_layers=2, num_heads=2, feedforward_channels=16
    ),
    loss=dict(type='mmdatasetdm.SetCriterion', num_points=64),
)
NAMES = torch.randn(2, 5, generator=torch.Generator().manual_seed(2))


def make_head(**changes) -> TextQueryHead:
    torch.manual_seed(0)
    features = dict(in_channels=(6, 8), stride=8, phrase_levels=(0, 1), class_embeddings=NAMES)
    return TextQueryHead(**{**HEAD, **features, **changes})


def features(named: list[list[int]]) -> tuple[torch.Tensor, ...]:
    """The last two channels of both levels are the attention of the names, 0 where an image's text has not the name."""
    random = torch.Generator().manual_seed(0)
    levels = [torch.randn(len(named), c, 4 * s, 6 * s, generator=random) for c, s in ((6, 2), (8, 1))]
    for level in levels:
        level[:, -2:] = level[:, -2:].abs() * torch.tensor(named, dtype=torch.float)[:, :, None, None]
    return tuple(levels)


def sample(labels: torch.Tensor) -> SegDataSample:
    return SegDataSample(gt_sem_seg=PixelData(data=labels[None]))


def test_only_named_classes_are_found():
    probs = make_head().eval().predict_probs(features([[1, 0], [1, 1], [0, 0]]), (64, 96))
    assert probs.shape == (3, 4, 64, 96)
    torch.testing.assert_close(probs.sum(1), torch.ones(3, 64, 96))
    assert (probs[0, 3] == 0).all() and (probs[0, 1] > 0).all() and (probs[1, [1, 3]] > 0).all()
    assert (probs[2, 0] == 1).all()


def test_training_reaches_every_parameter_and_helps():
    head = make_head()
    labels = torch.zeros(2, 64, 96, dtype=torch.long)
    labels[0, :32], labels[1, :, 48:], labels[:, :8, :8] = 1, 3, 255
    batch = [sample(image) for image in labels]
    optimizer = torch.optim.Adam(head.parameters(), lr=3e-3)
    losses = []
    for _ in range(40):
        optimizer.zero_grad()
        torch.manual_seed(0)
        loss = sum(head.loss(features([[1, 1], [0, 1]]), batch, None).values())
        loss.backward()
        missing = [name for name, parameter in head.named_parameters() if parameter.grad is None]
        assert not missing
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]


def test_a_batch_without_a_name_has_no_loss():
    losses = make_head().loss(features([[0, 0]]), [sample(torch.zeros(64, 96, dtype=torch.long))], None)
    assert sum(losses.values()) == 0


def test_names_are_no_part_of_a_checkpoint():
    head, other = make_head(), make_head(class_embeddings=torch.ones(2, 5))
    assert head.state_dict().keys() == other.state_dict().keys()
    assert not any('embeddings' in key for key in head.state_dict())
    mine, theirs = (each.eval().predict_probs(features([[1, 1]]), (64, 96)) for each in (head, other))
    assert (mine - theirs).abs().max() > 1e-4


def test_the_segmentor_gives_the_embeddings(toy_generator_folder):
    init_default_scope('mmseg')
    names = ['sofa', 'lamp']
    backbone = dict(
        type='mmdatasetdm.DiffusionFeatureBackbone',
        generator=str(toy_generator_folder),
        timestep=1,
        class_phrases=names,
        prompt_template='a room with {classes}',
    )
    head = dict(HEAD, type='mmdatasetdm.TextQueryHead', num_classes=3, phrase_classes=[1, 2])
    model = MODELS.build(dict(type='mmdatasetdm.DiffusionSegmentor', backbone=backbone, decode_head=head))
    encoded = model.backbone.generator.encode_text(names)
    torch.testing.assert_close(
        model.decode_head.class_embeddings[0], encoded.hidden[0, 1]
    )  # one token, after the start
    images = torch.zeros(2, 3, 64, 64)
    prompts = [model.backbone.prompt_of(['lamp']), model.backbone.prompt_of(['sofa', 'lamp'])]
    found, phrases = model.decode_head.named(model.backbone(images, prompts))
    assert found.tolist() == [0, 1, 1] and phrases.tolist() == [1, 0, 1]


def test_mistakes_are_named():
    with pytest.raises(UserError, match='give the backbone class_phrases, and each the id of a class other than 0'):
        make_head(phrase_classes=(0, 1))
    with pytest.raises(UserError, match='3 class_embeddings do not fit 2 phrase_classes'):
        make_head(class_embeddings=torch.zeros(3, 5))
