"""Labels from class scores: the ignore band, the prompt restriction, the scores that are stored."""

import pytest
import torch
from scipy.stats import entropy
from torch import nn

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.annotators.base import AnnotationPass
from mmdatasetdm.generation.annotators.depth import DepthAnnotator, DepthOptions
from mmdatasetdm.generation.annotators.semantic import SemanticAnnotator, SemanticIgnore, SemanticOptions, label_map
from mmdatasetdm.generation.prompts.base import Prompt
from mmdatasetdm.generation.scores import DepthScores, SemanticScores

CLASSES = ('background', 'cat', 'dog')


def scores(*pixels) -> torch.Tensor:
    """(1, C, 1, number of pixels)."""
    return torch.tensor(pixels).T[None, :, None, :]


def test_label_map():
    probs = scores((0.8, 0.1, 0.1), (0.45, 0.35, 0.2), (0.2, 0.55, 0.25), (0.1, 0.2, 0.7))
    labels, confidence = label_map(probs, thresholds=torch.tensor([0.5, 0.5, 0.5]), margin=0.0)
    assert labels.flatten().tolist() == [0, 255, 1, 2]
    assert confidence.flatten().tolist() == pytest.approx([0.8, 0.45, 0.55, 0.7])
    labels, _ = label_map(probs, thresholds=torch.tensor([0.4, 0.6, 0.75]), margin=0.0)
    assert labels.flatten().tolist() == [0, 0, 255, 255], 'each class has its own threshold'
    labels, _ = label_map(probs, thresholds=torch.zeros(3), margin=0.4)
    assert labels.flatten().tolist() == [0, 255, 255, 2], 'the lead over the second counts'


def test_scores_are_normalised():
    probs = scores((0.3, 0.1, 0.0), (0.0, 0.0, 0.0))
    labels, confidence = label_map(probs, thresholds=torch.full((3,), 0.5), margin=0.0)
    assert confidence.flatten().tolist() == pytest.approx([0.75, 0.0])
    assert labels.flatten().tolist() == [0, 255]


class Fixed(nn.Module):
    """A decoder that gives each latent its first values as class scores."""

    prompt_template = None

    def __init__(self, timestep: int = 1, vae_strides: tuple[int, ...] = ()):
        super().__init__()
        self.backbone = self.decode_head = self
        self.members = [self]
        self.extraction_settings = dict(timestep=timestep)
        self.vae_strides = vae_strides
        self.passes = 0

    def prompt_of(self, names):
        return 'nothing is known' if names is None else ', '.join(names)

    def extract(self, latents, prompts):
        self.prompts = prompts
        self.passes += 1
        return 'the pass'

    def levels(self, latents, extracted):
        assert extracted == 'the pass'
        return (latents * (2 if self.vae_strides else 1),)

    def predict_probs(self, features, image_size):
        return features[0].expand(-1, -1, *image_size)

    def predict_depth(self, features, image_size):
        return features[0].sum(1, keepdim=True).expand(-1, -1, *image_size)


def annotate(options: SemanticOptions, pixel, prompt: Prompt):
    annotator = SemanticAnnotator(model=Fixed(), classes=CLASSES, options=options)
    (found,) = AnnotationPass(dict(semantic=annotator))(
        torch.tensor(pixel)[None, :, None, None], [prompt], image_size=(4, 2)
    )
    return found['semantic']


def test_restrict_to_prompt():
    pixel = (0.2, 0.3, 0.5)
    free = annotate(SemanticOptions(config='', ignore=SemanticIgnore(score=0.4)), pixel, Prompt('a cat', ('cat',)))
    assert free.labels.shape == (4, 2) and (free.labels == 2).all()
    uncertainty = round(float(entropy(pixel, base=3)), 4)
    assert free.scores == SemanticScores(
        fractions={'dog': 1.0}, ignored=0.0, confidence=0.5, uncertainty=uncertainty, presence=0.3
    )
    options = SemanticOptions(config='', restrict_to_prompt=True, ignore=SemanticIgnore(score=0.55))
    restricted = annotate(options, pixel, Prompt('a cat', ('cat',)))
    assert (restricted.labels == 1).all() and restricted.scores.confidence == 0.6, '0.3 of 0.2 + 0.3'
    nothing = annotate(options, pixel, Prompt('a thing', ()))
    assert nothing.scores == SemanticScores(fractions={}, ignored=1.0, confidence=0.5, uncertainty=uncertainty), (
        'a prompt without classes restricts nothing'
    )


@pytest.mark.parametrize('background', ['background', 'dgo'])
def test_restricting_asks_which_class_is_background(background):
    options = SemanticOptions(config='', restrict_to_prompt=True, background=background)
    with pytest.raises(UserError, match=f"background is '{background}', but .* _background_, cat: say which of them"):
        SemanticAnnotator(model=Fixed(), classes=('_background_', 'cat'), options=options)


def test_a_misspelt_background_is_told_though_nothing_is_restricted():
    with pytest.raises(
        UserError, match=r"decoders\.semantic\.background is 'backgrond'.*or background=None where none is"
    ):
        SemanticAnnotator(model=Fixed(), classes=CLASSES, options=SemanticOptions(config='', background='backgrond'))
    SemanticAnnotator(model=Fixed(), classes=('sky', 'road'), options=SemanticOptions(config=''))


def test_no_background_said_explicitly():
    options = SemanticOptions(config='', restrict_to_prompt=True, background=None)
    annotator = SemanticAnnotator(model=Fixed(), classes=('sky', 'road', 'tree'), options=options)
    (found,) = AnnotationPass(dict(semantic=annotator))(
        torch.tensor((0.5, 0.3, 0.2))[None, :, None, None], [Prompt('', ('road', 'tree'))], image_size=(4, 2)
    )
    assert (found['semantic'].labels == 1).all() and found['semantic'].scores.confidence == 0.6


def test_a_background_of_another_name():
    options = SemanticOptions(config='', restrict_to_prompt=True, background='_background_')
    annotator = SemanticAnnotator(model=Fixed(), classes=('_background_', 'cat', 'dog'), options=options)
    (found,) = AnnotationPass(dict(semantic=annotator))(
        torch.tensor((0.8, 0.15, 0.05))[None, :, None, None], [Prompt('', ('cat',))], image_size=(4, 2)
    )
    assert (found['semantic'].labels == 0).all()


class TwoPrompts(Fixed):
    """A decoder that sees a dog only with the prompt of all classes."""

    prompt_template = 'a {classes}'

    def extract(self, latents, prompts):
        super().extract(latents, prompts)
        return ['known' in prompt for prompt in prompts]

    def levels(self, latents, extracted):
        everything = torch.tensor((0.3, 0.1, 0.6))[None, :, None, None].expand_as(latents)
        return (torch.where(torch.tensor(extracted)[:, None, None, None], everything, latents),)


@pytest.mark.parametrize('restrict', [True, False])
def test_background_is_not_trusted_where_the_prompts_text_does_not_see_the_rest(restrict):
    def label(pixel, prompt, **options):
        model = TwoPrompts()
        annotator = SemanticAnnotator(
            model=model,
            classes=CLASSES,
            options=SemanticOptions(
                config='', restrict_to_prompt=restrict, ignore=SemanticIgnore(score=0.5, **options)
            ),
        )
        (found,) = AnnotationPass(dict(semantic=annotator))(
            torch.tensor(pixel)[None, :, None, None], [prompt], image_size=(4, 2)
        )
        return found['semantic'].labels[0, 0], model.passes

    background, cat = (0.9, 0.05, 0.05), (0.1, 0.85, 0.05)
    kitten = Prompt('a kitten', ('cat',))
    assert label(background, kitten) == (255, 2), 'the text of all classes shows a dog'
    assert label(background, kitten, unnamed=0.7) == (0, 2), 'it may show it with 0.6'
    assert label(cat, kitten) == (1, 2), 'what was named is believed'
    assert label(background, kitten, unnamed=None) == (0, 1), 'no further pass'
    assert label(background, Prompt('a dog', ('dog',))) == (0, 2), 'the dog was named, and is not there'
    assert label(background, Prompt('a thing', ())) == (2, 1), 'the text is that of all classes already'


def test_background_is_not_trusted_where_the_same_pass_sees_what_was_not_prompted():
    options = SemanticOptions(config='', restrict_to_prompt=True)
    seen = annotate(options, (0.55, 0.0, 0.45), Prompt('a cat', ('cat',)))
    assert seen.scores.ignored == 1.0, 'of 0.55 and 0 the background has all'
    free = annotate(SemanticOptions(config=''), (0.55, 0.0, 0.45), Prompt('a cat', ('cat',)))
    assert free.scores.fractions == {'background': 1.0}, 'one text for all images names the dog too'


def test_each_sample_is_read_with_the_text_of_its_classes():
    model = Fixed()
    annotator = SemanticAnnotator(model=model, classes=CLASSES, options=SemanticOptions(config=''))
    prompts = [Prompt('a kitten', ('cat',)), Prompt('two animals', ('cat', 'dog')), Prompt('a thing', ())]
    AnnotationPass(dict(semantic=annotator))(torch.ones(3, 3, 1, 1), prompts, image_size=(4, 2))
    assert model.prompts == ['cat', 'cat, dog', 'nothing is known']


def test_per_class_threshold():
    options = SemanticOptions(config='', ignore=SemanticIgnore(score=0.9, per_class=dict(dog=0.4)))
    assert annotate(options, (0.2, 0.3, 0.5), Prompt('', ())).scores.fractions == {'dog': 1.0}
    with pytest.raises(UserError, match="no class 'cow' in the decoder; it knows background, cat, dog"):
        SemanticAnnotator(
            model=Fixed(),
            classes=CLASSES,
            options=SemanticOptions(config='', ignore=SemanticIgnore(per_class=dict(cow=1))),
        )


@pytest.mark.parametrize('timestep', [1, 100])
def test_decoders_of_the_same_features_share_a_pass(timestep):
    models = Fixed(), Fixed(timestep)
    annotators = dict(
        semantic=SemanticAnnotator(model=models[0], classes=CLASSES, options=SemanticOptions(config='')),
        depth=DepthAnnotator(model=models[1], options=DepthOptions(config='')),
    )
    latents = torch.tensor([(0.1, 0.2, 0.7), (2.0, 1.0, 1.0)])[:, :, None, None]
    first, second = AnnotationPass(annotators)(latents, [Prompt('', ())] * 2, image_size=(4, 2))
    assert sum(model.passes for model in models) == (1 if timestep == 1 else 2)
    assert (first['semantic'].labels == 2).all() and first['depth'].labels.shape == (4, 2)
    assert first['depth'].scores == DepthScores(nearest=1.0, median=1.0, farthest=1.0, ignored=0.0)
    assert second['depth'].scores.median == 4.0


def test_the_autoencoders_levels_need_no_further_pass():
    models = Fixed(), Fixed(vae_strides=(4, 2))
    annotators = {
        name: DepthAnnotator(model=model, options=DepthOptions(config=''))
        for name, model in zip(('plain', 'fine'), models, strict=True)
    }
    latents = torch.tensor([(0.1, 0.2, 0.7)])[:, :, None, None]
    (found,) = AnnotationPass(annotators)(latents, [Prompt('', ())], image_size=(4, 2))
    assert [model.passes for model in models] == [1, 0]
    assert (found['plain'].scores.median, found['fine'].scores.median) == (1.0, 2.0)
