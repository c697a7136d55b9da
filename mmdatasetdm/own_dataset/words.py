"""Names of classes as a text encoder is to read them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mmdatasetdm.diffusion.folder import family_of, read_index
from mmdatasetdm.diffusion.loading import load_finders
from mmdatasetdm.own_dataset.generators import local_folder
from mmdatasetdm.own_dataset.samples import BACKGROUND

_BACKGROUNDS = (BACKGROUND, '_background_', '__background__', 'bg', 'void', 'unlabeled', 'unlabelled')


@dataclass(frozen=True, kw_only=True)
class WordCheck:
    """What the generator's tokenizers say of the classes' words.

    Attributes:
        tokens: of each word, the most that any of the tokenizers makes of it.
        fits: all words stand in one text; False: they are read in groups, a pass each.
    """

    tokens: Mapping[str, int]
    fits: bool

    @property
    def split(self) -> list[str]:
        """The words of which the tokenizer knows only pieces: it made more tokens than there are words."""
        return [word for word, count in self.tokens.items() if count > len(word.split())]

    @property
    def unknown(self) -> list[str]:
        """The words that come out nearly letter by letter."""
        return [word for word, count in self.tokens.items() if count > max(len(word.split()), len(word) / 2)]


def word_of(name: str) -> str:
    """A class's name as plain English: 'traffic_light', 'trafficLight' and 'TrafficLight' are 'traffic light'."""
    spaced = re.sub(r'(?<=[a-z0-9])(?=[A-Z])', ' ', re.sub(r'[_\-/.,;:()]+', ' ', name))
    return ' '.join(spaced.lower().split()) or name


def background_of(names: Sequence[str]) -> str | None:
    """The class that is called as backgrounds are; None: there is none."""
    return next((name for name in names if name.lower() in _BACKGROUNDS), None)


def check_words(generator: str, words: Sequence[str]) -> WordCheck | None:
    """Count the tokens of words by the generator's own tokenizers.

    Args:
        generator: a built-in one, a diffusers folder or a hub id.
        words: of the classes.

    Returns:
        None: the generator is a hub id that is not on this machine; nothing is downloaded for this.

    Raises:
        UserError: the folder is no generator, or damaged.
    """
    folder = local_folder(generator)
    if folder is None:
        return None
    finders = load_finders(folder, family=family_of(read_index(folder), folder))
    return WordCheck(
        tokens={
            word: max(len(one.tokenizer(word, add_special_tokens=False).input_ids) for one in finders) for word in words
        },
        fits=all(one.fits(', '.join(words)) for one in finders),
    )
