"""Names that do not fit into one prompt of the generator: they are put into groups, with an extraction pass for each.

Stable Diffusion's text encoder reads 77 tokens, and the names of 59 classes of clothes are 122. A prompt of several
lines stands for several prompts.
"""

from collections.abc import Callable, Sequence

import torch
from mmengine.logging import print_log
from torch import Tensor

from mmdatasetdm.diffusion import DiffusionModel
from mmdatasetdm.diffusion.features import Features
from mmdatasetdm.errors import UserError


def in_groups(names: Sequence[str], *, sentence: Callable[[Sequence[str]], str], fits: Callable[[str], bool]) -> str:
    """A prompt with all the names: one line where they fit, else as many names a line as fit, in their order.

    Args:
        names: at least one.
        sentence: makes the prompt of some names.
        fits: whether the generator reads a prompt to its end. A name that is too long by itself has a line of its own.
    """
    lines: list[str] = []
    group: list[str] = []
    for name in names:
        if group and not fits(sentence([*group, name])):
            lines.append(sentence(group))
            group = []
        group.append(name)
    return '\n'.join([*lines, sentence(group)])


def check_phrases(
    phrases: Sequence[str], prompt: str, *, generator: DiffusionModel, source: str, own_prompts: bool
) -> None:
    """Say in how many groups the phrases are read, where there are several.

    Args:
        phrases: whose attention is wanted.
        prompt: of one or more lines.
        generator, source: which reads it, and its name.
        own_prompts: whether images have prompts of their own.

    Raises:
        UserError: a phrase is in no line of the prompt.
    """
    lines, absent = prompt.split('\n'), list(phrases)
    for line in lines:
        missing = generator.missing_phrases(line, phrases)
        absent = [phrase for phrase in absent if phrase in missing]
    if absent:
        cut = len(lines) == 1 and not generator.fits(prompt)
        advice = 'leave prompt out, and they are read in groups' if cut else 'put them into it, or leave it out'
        raise UserError(
            f'class_phrases {", ".join(absent)} are not in the prompt as {source} reads it (at most '
            f'{generator.max_tokens} tokens): {advice}'
        )
    if len(lines) > 1:
        less = '' if own_prompts else '; with prompt_template each image is read with its own names alone'
        print_log(
            f'the {len(phrases)} names do not fit the {generator.max_tokens} tokens that {source} reads: they are read '
            f'in {len(lines)} groups, an extraction pass each{less}',
            logger='current',
        )


def extract_in_groups(
    latents: Tensor, prompts: Sequence[str], extract: Callable[[Tensor, Sequence[str]], Features]
) -> Features:
    """The features of images whose prompts may have several lines.

    The U-Net's activations are the mean over the lines; the attention of a phrase is that of the line which has it, so
    that a phrase which no line has stays at 0. That of single tokens is the mean too: use phrases.

    Args:
        latents: (B, c, h, w).
        prompts: of each image, of one or more lines.
        extract: latents and as many prompts of one line -> their features.
    """
    lines = [prompt.split('\n') for prompt in prompts]
    features = extract(latents, [some[0] for some in lines])
    for number in range(1, max(map(len, lines))):
        rows = [row for row, some in enumerate(lines) if len(some) > number]
        more = extract(latents[rows], [lines[row][number] for row in rows])
        for sums, terms in ((features.pyramid, more.pyramid), (features.attention, more.attention)):
            for stride, maps in terms.items():
                sums[stride][rows] += maps
        for stride, maps in more.phrase_attention.items():
            greatest = features.phrase_attention[stride]
            greatest[rows] = torch.maximum(greatest[rows], maps)
    counts = torch.tensor([len(some) for some in lines], device=latents.device)[:, None, None, None]
    if counts.max() > 1:
        for means in (features.pyramid, features.attention):
            for stride, maps in means.items():
                means[stride] = maps / counts
    return features
