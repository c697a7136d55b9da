"""Decoders whose predictions are averaged: what an ensemble says is the mean of what its members say."""

import pytest
import torch

from mmdatasetdm.errors import UserError
from mmdatasetdm.models import DecoderEnsemble, DepthDecoderHead, PixelDecoderHead
from mmdatasetdm.models.decode_heads.pixel_instance import PixelInstanceHead
from mmdatasetdm.models.ensemble import EnsembleHead

SIZES = dict(in_channels=(4, 4, 4), stride=8, width=8, upsample=(), upsample_widths=())


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
    'kind, method, more',
    [(PixelDecoderHead, 'predict_probs', dict(num_classes=5)), (DepthDecoderHead, 'predict_depth', {})],
)
def test_the_mean(kind, method, more):
    members = heads(kind, **more)
    each = [getattr(head, method)(features(), (32, 48)) for head in members]
    mean = getattr(EnsembleHead(heads=members), method)(features(), (32, 48))
    assert mean.shape[-2:] == (32, 48) and not torch.allclose(each[0], each[1])
    torch.testing.assert_close(mean, (each[0] + each[1] + each[2]) / 3)


def test_joints_are_read_from_the_mean_of_the_maps():
    members = [torch.nn.Module() for _ in range(2)]
    for number, member in enumerate(members):
        member.predict_heatmaps = lambda features, number=number: torch.full((1, 17, 4, 4), float(number))
    assert EnsembleHead(heads=members).predict_heatmaps(features()).unique().tolist() == [0.5]


def test_objects_are_parts_of_the_mean():
    members = heads(PixelInstanceHead, num_classes=2)
    sure = torch.zeros(3, 1, 3, 32, 32)
    sure[:, :, 2] = 1
    # of three members two find a chair on the left and one a table on the right: one object, two thirds sure
    for member, label, columns in (0, 0, slice(0, 8)), (1, 0, slice(0, 8)), (2, 1, slice(16, 24)):
        sure[member, 0, :, :16, columns] = torch.eye(3)[label][:, None, None]
        members[member].predict_probs = lambda features, size, member=member: sure[member]
    ensemble = EnsembleHead(heads=members)
    chances, masks = ensemble.predict_objects([], (32, 32))
    torch.testing.assert_close(chances, torch.tensor([[[2 / 3, 0.0]]]))
    assert masks[0, 0, :16, :8].all() and masks.sum() == 128
    chances, masks = ensemble.predict_objects([], (32, 32), allowed=torch.tensor([[0.0, 1.0]]))
    assert not chances[..., 0].any()


def test_queries_cannot_be_averaged():
    queries = torch.nn.Module()
    queries.predict_objects = lambda *args, **more: None
    with pytest.raises(UserError, match='objects that Module finds cannot be averaged: name one checkpoint, or take'):
        EnsembleHead(heads=[queries, queries])


def test_members_have_the_same_classes():
    members = []
    for head, classes in zip(heads(PixelDecoderHead, num_classes=2), (('a', 'b'), ('a', 'b'), ('b', 'a')), strict=True):
        member = torch.nn.Module()
        member.backbone, member.decode_head = torch.nn.Identity(), head
        member.dataset_meta = dict(classes=classes)
        members.append(member)
    ensemble = DecoderEnsemble(models=members[:2])
    assert ensemble.backbone is members[0].backbone and ensemble.dataset_meta['classes'] == ('a', 'b')
    with pytest.raises(UserError, match=r"decoders 1 and 3 have other classes: \('a', 'b'\) and \('b', 'a'\)"):
        DecoderEnsemble(models=members)
