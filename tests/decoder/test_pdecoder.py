import torch

from mmdatasetdm.decoder import PDecoder, PixelDecoder, TransformerDecoder


def test_the_parts_fit_together():
    pixel_decoder = PixelDecoder(
        in_channels=(20, 30), feat_channels=16, num_memory_levels=2, upsample=(2,), upsample_channels=(8,)
    )
    transformer_decoder = TransformerDecoder(
        num_classes=5,
        feat_channels=16,
        mask_channels=8,
        num_queries=7,
        num_layers=2,
        num_heads=2,
        feedforward_channels=32,
        num_memory_levels=2,
    )
    features = [torch.randn(2, 20, 8, 8), torch.randn(2, 30, 4, 4)]
    predictions = PDecoder(pixel_decoder=pixel_decoder, transformer_decoder=transformer_decoder)(features)
    assert predictions.class_logits.shape == (3, 2, 7, 6) and predictions.mask_logits.shape == (3, 2, 7, 16, 16)


def test_the_size_of_the_papers_decoder():
    # docs/method.md: about 37 M in the authors' code, whose inputs have both passes and every token of every head
    pixel_decoder = PixelDecoder(
        in_channels=(2580, 4820, 8340, 8980), feat_channels=256, num_memory_levels=3, upsample=(2.5,)
    )
    transformer_decoder = TransformerDecoder(num_classes=21, num_queries=20)
    decoder = PDecoder(pixel_decoder=pixel_decoder, transformer_decoder=transformer_decoder)
    assert 25e6 < sum(parameter.numel() for parameter in decoder.parameters()) < 37e6
