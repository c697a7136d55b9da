import torch

from mmdatasetdm.decoder import PhraseClassifier, PixelClassifier, PixelDecoder


def test_logits_have_the_size_of_the_embedding():
    pixels = PixelDecoder(in_channels=(20, 30), feat_channels=16, num_memory_levels=2, upsample=(2,))
    features = [torch.randn(2, 20, 8, 8), torch.randn(2, 30, 4, 4)]
    assert PixelClassifier(pixel_decoder=pixels, num_classes=5)(features).shape == (2, 5, 16, 16)
    phrases = PhraseClassifier(pixel_decoder=pixels, num_classes=5, phrase_classes=[1, 4], phrase_levels=[0, 1])
    assert phrases(features).shape == (2, 5, 16, 16)


def test_even_attention_has_no_frame_along_the_border():
    torch.manual_seed(0)
    pixels = PixelDecoder(in_channels=(6,), feat_channels=8, num_memory_levels=1, upsample=(), normalize=False)
    decoder = PhraseClassifier(pixel_decoder=pixels, num_classes=2, phrase_classes=[1], phrase_levels=[0])
    logits = decoder([torch.rand(1, 6, 1, 1).expand(-1, -1, 16, 16)])[0].detach()
    torch.testing.assert_close(logits, logits[:, 8:9, 8:9].expand_as(logits))


def test_names_are_read_some_at_a_time_with_the_same_logits(monkeypatch):
    torch.manual_seed(0)
    pixels = PixelDecoder(in_channels=(9,), feat_channels=8, num_memory_levels=1, upsample=(2,), normalize=False)
    decoder = PhraseClassifier(pixel_decoder=pixels, num_classes=4, phrase_classes=[1, 2, 3], phrase_levels=[0]).eval()
    features = torch.rand(3, 9, 16, 16)
    features[1, -2] = 0  # a name that is not in the text of this image
    whole = decoder([features])
    monkeypatch.setattr('mmdatasetdm.decoder.pixel_classifier.CACHED', 2 * 32 * 32 * 32)
    torch.testing.assert_close(decoder([features]), whole)
    assert whole.argmax(1).unique().numel() > 1
