"""A little English: lists of things in a sentence."""

from collections.abc import Sequence


def with_article(phrase: str) -> str:
    """'a cat', 'an aeroplane'; a phrase with its own article or number stays as it is."""
    if phrase.split()[0] in ('a', 'an', 'the', 'some', 'two', 'three', 'several', 'many'):
        return phrase
    return f'{"an" if phrase[0].lower() in "aeiou" else "a"} {phrase}'


def join_words(words: Sequence[str]) -> str:
    """'a', 'a and b', 'a, b and c'."""
    return words[0] if len(words) == 1 else f'{", ".join(words[:-1])} and {words[-1]}'
