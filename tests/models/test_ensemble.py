"""Decoders whose predictions are averaged: what an ensemble predicts is the mean of what its members predict."""

import pytest
import torch

from mmdatasetdm.errors import UserError
from mmdatasetdm.models import (
    DecoderEnsemble,
    DepthDecoderHead,
    InstanceDecoderHead,
    PixelClassifierHead,
    PixelInstanceHead,
)
from mmdatasetdm.models.decode_heads.base import PoseHead
from mmdatasetdm.models.ensemble import DepthEnsemble, InstanceEnsemble, PoseEnsemble, SemanticEnsemble

SIZES = dict(
    in_channels=(4, 4, 4), stride=8, pixel_decoder=dict(type='mmdatasetdm.PixelDecoder', feat_channels=8, upsample=())
)
PIXELS = dict(type='mmdatasetdm.PixelCriterion')


def features() -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(2, 4, side, side, generator=generator) for side in (8, 4, 2)]


def heads(kind: type, **more) -> list:
    made = []
    for seed in range(3):
        torch.manual_seed(seed)
        made.append(kind(**SIZES, **more).eval())
    return made


@pytest.mark.parametrize(
    ('ensemble', 'kind', 'method', 'more'),
    [
        (SemanticEnsemble, PixelClassifierHead, 'predict_probs', dict(num_classes=5, loss=PIXELS)),
        (DepthEnsemble, DepthDecoderHead, 'predict_depth', dict(loss=dict(type='mmdatasetdm.SiLogCriterion'))),
    ],
)
def test_the_mean(ensemble, kind, method, more):
    members = heads(kind, **more)
    each = [getattr(head, method)(features(), (32, 48)) for head in members]
    together = ensemble(heads=members)
    mean = getattr(together, method)(features(), (32, 48))
    assert mean.shape[-2:] == (32, 48) and not torch.allclose(each[0], each[1])
    torch.testing.assert_close(mean, (each[0] + each[1] + each[2]) / 3)
    assert together.members == members and together.task == members[0].task


class Heatmaps(PoseHead, torch.nn.Module):
    """A pose head that always predicts the same."""

    def __init__(self, value: float) -> None:
        super().__init__()
        self.value = value

    def predict_heatmaps(self, features):
        return torch.full((1, 17, 4, 4), self.value)


def test_keypoints_are_read_from_the_mean_of_the_maps():
    assert PoseEnsemble(heads=[Heatmaps(0.0), Heatmaps(1.0)]).predict_heatmaps(features()).unique().tolist() == [0.5]


def test_instances_are_components_of_the_mean():
    members = heads(PixelInstanceHead, num_classes=2, loss=PIXELS)
    sure = torch.zeros(3, 1, 3, 32, 32)
    sure[:, :, 2] = 1
    # of three members two find a chair on the left and one a table on the right: one instance, two thirds sure
    for member, label, columns in (0, 0, slice(0, 8)), (1, 0, slice(0, 8)), (2, 1, slice(16, 24)):
        sure[member, 0, :, :16, columns] = torch.eye(3)[label][:, None, None]
        members[member].predict_probs = lambda features, size, member=member: sure[member]
    ensemble = InstanceEnsemble(heads=members)
    assert ensemble.num_classes == 2
    classes, masks = ensemble.predict_instances([], (32, 32))
    torch.testing.assert_close(classes, torch.tensor([[[2 / 3, 0.0]]]))
    assert masks[0, 0, :16, :8].all() and masks.sum() == 128
    classes, masks = ensemble.predict_instances([], (32, 32), allowed=torch.tensor([[0.0, 1.0]]))
    assert not classes[..., 0].any()


def test_queries_cannot_be_averaged():
    more = dict(
        num_classes=2,
        transformer_decoder=dict(type='mmdatasetdm.TransformerDecoder', num_heads=2),
        loss=dict(type='mmdatasetdm.SetCriterion'),
    )
    with pytest.raises(UserError, match='instances of InstanceDecoderHead cannot be averaged: name one checkpoint, or'):
        InstanceEnsemble(heads=heads(InstanceDecoderHead, **more))


def test_members_have_the_same_classes():
    members = []
    for head, classes in zip(
        heads(PixelClassifierHead, num_classes=2, loss=PIXELS), (('a', 'b'), ('a', 'b'), ('b', 'a')), strict=True
    ):
        member = torch.nn.Module()
        member.backbone, member.decode_head = torch.nn.Identity(), head
        member.dataset_meta = dict(classes=classes)
        members.append(member)
    ensemble = DecoderEnsemble(models=members[:2])
    assert ensemble.backbone is members[0].backbone and ensemble.dataset_meta['classes'] == ('a', 'b')
    with pytest.raises(UserError, match=r"decoders 1 and 3 have other classes: \('a', 'b'\) and \('b', 'a'\)"):
        DecoderEnsemble(models=members)
