import torch

from mmdatasetdm.decoder import (
    PDecoder,
    PhraseClassifier,
    PixelClassifier,
    PixelDecoder,
    QueryDecoder,
    semantic_probabilities,
)


def test_the_parts_fit_together():
    pixel_decoder = PixelDecoder(in_channels=(20, 30), width=16, memory_levels=2, upsample=(2,), upsample_widths=(8,))
    query_decoder = QueryDecoder(
        classes=5, width=16, mask_width=8, queries=7, layers=2, heads=2, feedforward=32, memory_levels=2
    )
    features = [torch.randn(2, 20, 8, 8), torch.randn(2, 30, 4, 4)]
    predictions = PDecoder(pixel_decoder=pixel_decoder, query_decoder=query_decoder)(features)
    assert predictions.class_logits.shape == (3, 2, 7, 6) and predictions.mask_logits.shape == (3, 2, 7, 16, 16)
    assert PixelClassifier(pixel_decoder=pixel_decoder, classes=5)(features).shape == (2, 5, 16, 16)


def test_the_size_of_the_papers_decoder():
    # method.md section 2: about 37 M in the code, whose inputs have both passes and every token of every head
    pixel_decoder = PixelDecoder(in_channels=(2580, 4820, 8340, 8980), width=256, memory_levels=3, upsample=(2.5,))
    decoder = PDecoder(pixel_decoder=pixel_decoder, query_decoder=QueryDecoder(classes=21, queries=20))
    assert 25e6 < sum(parameter.numel() for parameter in decoder.parameters()) < 37e6


def test_semantic_probabilities_of_two_queries():
    # query 0: class 0 for sure, mask 0.5; query 1: class 1 for sure, mask 1 -> 1/3 and 2/3
    classes = torch.full((1, 2, 4), -100.0)
    classes[0, 0, 0] = classes[0, 1, 1] = 100
    masks = torch.stack([torch.zeros(4, 4), torch.full((4, 4), 100.0)])[None]
    result = semantic_probabilities(classes, masks, size=(8, 8))
    expected = torch.tensor([1 / 3, 2 / 3, 0]).view(1, 3, 1, 1).expand(1, 3, 8, 8)
    torch.testing.assert_close(result, expected)


def test_no_object_gives_no_class_its_probability():
    classes = torch.zeros(1, 1, 3)
    result = semantic_probabilities(classes, torch.zeros(1, 1, 4, 4), size=(4, 4))
    torch.testing.assert_close(result, torch.full((1, 2, 4, 4), 0.5))


def test_even_attention_has_no_frame_along_the_border():
    torch.manual_seed(0)
    pixels = PixelDecoder(in_channels=(6,), width=8, memory_levels=1, upsample=(), normalize=False)
    decoder = PhraseClassifier(pixel_decoder=pixels, classes=2, phrase_classes=[1], phrase_levels=[0])
    logits = decoder([torch.rand(1, 6, 1, 1).expand(-1, -1, 16, 16)])[0].detach()
    torch.testing.assert_close(logits, logits[:, 8:9, 8:9].expand_as(logits))
