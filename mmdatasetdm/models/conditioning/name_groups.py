"""Names that do not fit into one text of the generator: they are read in groups, a pass of the generator each.

Stable Diffusion's text encoder reads 77 tokens, and the names of 59 classes of clothes are 122. A text of several lines
stands for several texts.
"""

from collections.abc import Callable, Sequence

import torch
from mmengine.logging import print_log
from torch import Tensor

from mmdatasetdm.diffusion import DiffusionModel
from mmdatasetdm.diffusion.features import Features
from mmdatasetdm.errors import UserError


def in_groups(names: Sequence[str], *, sentence: Callable[[Sequence[str]], str], fits: Callable[[str], bool]) -> str:
    """A text with all the names: one line where they fit, else as many names a line as fit, in their order.

    Args:
        names: at least one.
        sentence: makes the text of some names.
        fits: whether the generator reads a text to its end. A name that is too long by itself has a line of its own.
    """
    lines: list[str] = []
    group: list[str] = []
    for name in names:
        if group and not fits(sentence([*group, name])):
            lines.append(sentence(group))
            group = []
        group.append(name)
    return '\n'.join([*lines, sentence(group)])


def check_phrases(phrases: Sequence[str], text: str, *, generator: DiffusionModel, source: str, own_text: bool) -> None:
    """Say in how many groups the phrases are read, where there are several.

    Args:
        phrases: whose attention is wanted.
        text: of one or more lines.
        generator, source: which reads it, and its name.
        own_text: whether images have texts of their own.

    Raises:
        UserError: a phrase is in no line of the text.
    """
    lines, absent = text.split('\n'), list(phrases)
    for line in lines:
        missing = generator.missing_phrases(line, phrases)
        absent = [phrase for phrase in absent if phrase in missing]
    if absent:
        cut = len(lines) == 1 and not generator.fits(text)
        raise UserError(
            f'phrases {", ".join(absent)} are not in the text as {source} reads it (at most {generator.max_tokens} '
            f'tokens): {"give text as a list of names, which are read in groups" if cut else "put them into the text"}'
        )
    if len(lines) > 1:
        less = '' if own_text else '; with own_text each image is read with its own names alone'
        print_log(
            f'the {len(phrases)} names do not fit the {generator.max_tokens} tokens that {source} reads: they are read '
            f'in {len(lines)} groups, a pass of the generator each{less}',
            logger='current',
        )


def read_in_groups(
    latents: Tensor, texts: Sequence[str], extract: Callable[[Tensor, Sequence[str]], Features]
) -> Features:
    """The features of images whose texts may have several lines.

    The U-Net's activations are the mean over the lines; the attention of a phrase is that of the line which has it, so
    that a phrase which no line has stays at 0. That of single tokens is the mean too: use phrases.

    Args:
        latents: (B, c, h, w).
        texts: B of them.
        extract: latents and as many texts of one line -> their features.
    """
    lines = [text.split('\n') for text in texts]
    features = extract(latents, [some[0] for some in lines])
    for number in range(1, max(map(len, lines))):
        rows = [row for row, some in enumerate(lines) if len(some) > number]
        more = extract(latents[rows], [lines[row][number] for row in rows])
        for mine, theirs in ((features.pyramid, more.pyramid), (features.attention, more.attention)):
            for stride, maps in theirs.items():
                mine[stride][rows] += maps
        for stride, maps in more.phrase_attention.items():
            mine = features.phrase_attention[stride]
            mine[rows] = torch.maximum(mine[rows], maps)
    counts = torch.tensor([len(some) for some in lines], device=latents.device)[:, None, None, None]
    if counts.max() > 1:
        for maps in (features.pyramid, features.attention):
            for stride, sums in maps.items():
                maps[stride] = sums / counts
    return features
