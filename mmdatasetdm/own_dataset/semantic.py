"""Semantic masks: label maps of class ids, a table of classes, and the configs."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageOps

from mmdatasetdm.errors import UserError
from mmdatasetdm.own_dataset.checks import check_classes, check_size, in_every_picture
from mmdatasetdm.own_dataset.configs import BUILT_IN, SEMANTIC_IMAGES, facts_text, semantic_configs
from mmdatasetdm.own_dataset.generators import GeneratorSettings, settings_of
from mmdatasetdm.own_dataset.label_maps import class_ids, interpret, survey
from mmdatasetdm.own_dataset.prompts import prompt_file
from mmdatasetdm.own_dataset.samples import BACKGROUND, LabelledFolder
from mmdatasetdm.own_dataset.sheet import evenly, label_sheet
from mmdatasetdm.own_dataset.words import WordCheck, background_of, check_words, word_of
from mmdatasetdm.utils.io import read_image, write_bytes
from mmdatasetdm.visualization.overlay import overlay

if TYPE_CHECKING:
    from mmdatasetdm.own_dataset.build import Answers

_MOST = 255  # classes; 255 itself is ignored


def write(found: LabelledFolder, *, name: str, out: Path, answers: Answers) -> tuple[dict[str, str], list[str]]:
    """Write ``labels/``, the lists and ``labels.png`` into ``out``.

    Returns:
        the texts of the configs by the names of their files, and the lines of the table of classes.

    Raises:
        UserError: a label is wrong.
    """
    numbers = interpret(found, survey(found)) if found.samples[0].label is not None else None
    if numbers is None and background_of(found.classes) is None:
        found.classes = [BACKGROUND, *found.classes]
        found.notes.append('what no object covers is the background, class 0')
    classes = found.classes
    if len(classes) > _MOST:
        raise UserError(f'{found.root}: {len(classes)} classes; a label map of 8 bits holds {_MOST} and ignored pixels')
    background = _background(classes, answers)
    wrong = next((one for one in answers.words if one not in classes), None)
    if wrong is not None:
        raise UserError(f'--word {wrong}: there is no such class; known are {", ".join(classes)}')
    palette = [[int(value) for value in colour] for colour in found.palette] or palette_of(
        len(classes), black=background is not None
    )
    pixels, images, empty = np.zeros(256, np.int64), np.zeros(len(classes), int), []
    for sample in found.samples:
        ids = class_ids(sample, numbers, unlabelled=0)
        check_size(sample, ids.shape)
        write_label_map(out / f'labels/{sample.name}.png', ids, palette)
        counts = np.bincount(ids.ravel(), minlength=256)
        shown = counts[: len(classes)] > 0
        if sample.split == 'train':
            pixels += counts
            images += shown
        if not any(shown[i] for i in range(len(classes)) if classes[i] != background):
            empty.append(sample)
    number = classes.index(background) if background is not None else None
    check_classes(found, images, background=number, empty=empty)
    for split in ('train', 'val'):
        lines = ''.join(f'{sample.name}\n' for sample in found.of(split))
        write_bytes(out / f'{split}.txt', lines.encode())
    _draw(found, out, palette, number)
    often = _unnamed(found, answers, images, number)
    facts, table = facts_of(found, name, answers, background=background, often=often, out=out)
    facts['Colours of the classes in pictures.'] = dict(palette=palette)
    taken = 'none: all classes are objects' if background is None else background
    found.questions[:0] = [
        ('background', taken, '--background NAME, or none'),
        ('in every picture', ', '.join(often) or 'none', '--unnamed NAME,NAME, or none: prompts leave them out'),
    ]
    files = {
        f'{name}_facts.py': facts_text(name, facts, SEMANTIC_IMAGES),
        **semantic_configs(name, generator=answers.generator, count=len(found.of('train'))),
    }
    total = max(1, int(pixels[: len(classes)].sum()))
    rows = [
        f'{index:4}  {one:24.24}  {images[index]:6} images  {pixels[index] / total:7.2%} of the pixels  {table[one]}'
        for index, one in enumerate(classes)
    ]
    if pixels[255]:
        rows.append(f' 255  {"ignored":24}  {"":13}  {pixels[255] / pixels.sum():7.2%} of all pixels')
    return files, rows


def write_label_map(path: Path, ids: np.ndarray, palette: list[list[int]]) -> None:
    """Class ids (H, W) uint8 as a PNG with a palette, which any viewer shows in colours."""
    image = Image.fromarray(ids, mode='P')
    # all 256 colours: with fewer, Pillow stores fewer bits, and 255 does not fit
    colours = [*palette, *[[224, 224, 192]] * (256 - len(palette))]
    image.putpalette([value for colour in colours for value in colour])
    file = io.BytesIO()
    image.save(file, 'PNG')
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(file.getvalue())


def _background(classes: list[str], answers: Answers) -> str | None:
    if answers.background == 'none':
        return None
    if answers.background is not None and answers.background not in classes:
        raise UserError(f"--background {answers.background}: choose 'none' or one of {', '.join(classes)}")
    return answers.background or background_of(classes)


def _unnamed(found: LabelledFolder, answers: Answers, images: np.ndarray, background: int | None) -> list[str]:
    """The classes that prompts need not name, but for the background."""
    if answers.unnamed is None:
        often = in_every_picture(images, len(found.of('train')), background=background)
        return [found.classes[i] for i in often]
    wrong = next((one for one in answers.unnamed if one not in found.classes), None)
    if wrong is not None:
        raise UserError(f"--unnamed {wrong}: choose 'none' or some of {', '.join(found.classes)}")
    names = [one for i, one in enumerate(found.classes) if one in answers.unnamed and i != background]
    if len(names) == len(found.classes) - (background is not None):
        raise UserError('--unnamed: one class must be left that prompts can name')
    return names


def palette_of(count: int, *, black: bool) -> list[list[int]]:
    """Pascal VOC's colours, by its rule of bits; the first of them, black, is for a background."""
    known = []
    for index in range(not black, count + (not black)):
        colour, rest = [0, 0, 0], index
        for bit in range(7, -1, -1):
            for channel in range(3):
                colour[channel] |= (rest >> channel & 1) << bit
            rest >>= 3
        known.append(colour)
    return known


def facts_of(
    found: LabelledFolder,
    name: str,
    answers: Answers,
    *,
    background: str | None,
    often: list[str],
    out: Path,
    theme: str | None = None,
) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """The facts in their sections, and what the table says of each class's word; writes the prompts into ``out``."""
    classes = found.classes
    unnamed = [one for one in classes if one == background or one in often]
    named = [one for one in classes if one not in unnamed]
    words = {one: answers.words.get(one) or word_of(one) for one in classes}
    checked = check_words(answers.generator, [words[one] for one in named])
    said = {one: f'"{words[one]}"' for one in named} | dict.fromkeys(unnamed, 'not named in prompts')
    told = True
    if checked is None:
        found.notes.append(
            f'{answers.generator} is not on this machine and not downloaded for this: whether its text encoder knows '
            'the words is said when training begins, and its sizes are those of its family'
        )
    else:
        for one in named:
            count = checked.tokens[words[one]]
            said[one] += f', {count} token{"s" if count > 1 else ""}'
        told = not checked.unknown
        if checked.unknown:
            found.warnings.append(
                f'the text encoder of {answers.generator} knows {_some(checked.unknown)} by letters only: '
                'its texts stay empty, and the decoder sees the image alone'
            )
        if told and not checked.fits:
            found.notes.append('one text does not hold all the words: they are read in groups, a pass each')
    _ask(found, answers, words, named, checked)
    prompts = prompt_file(
        named,
        words={one: words[one] for one in named},
        given=answers.words,
        every=[words[one] for one in classes],
        theme=theme,
        generator=answers.generator,
    )
    write_bytes(out / f'{name}_prompts.txt', prompts.text.encode())
    of = f" of '{prompts.theme}'" if prompts.theme else ''
    found.notes.append(
        f'{prompts.count} prompts are written by the grammar{of}: {name}_prompts.txt, which you may edit'
    )
    suffix = Counter(sample.image.suffix for sample in found.samples).most_common(1)[0][0]
    folder = (found.root / found.images).resolve().as_posix()
    facts: dict[str, dict[str, Any]] = {
        'Where things are.': dict(image_folder=folder, img_suffix=suffix, synthetic_root=f'data/synthetic/{name}'),
        'Draws the images: built in, a diffusers folder or a hub id. Another one needs new configs.': dict(
            generator=answers.generator
        ),
        'In the order of the numbers in the label maps. The background is None where all classes are objects.': dict(
            class_names=classes, background=background
        ),
        'Not named in the text of an image: the background, and what every image shows.': dict(unnamed=unnamed),
        'How the text encoder is to read a class that is not a word of plain English.': dict(
            class_prompts={one: word for one, word in words.items() if word != one}
        ),
        'What a decoder is told of an image; None and no words: nothing.': dict(
            prompt_template='a photo of {classes}' if told else None, words=[words[one] for one in named if told]
        ),
        'What generated images show: a prompt a line. docs/prompts.md says how a language model writes others.': dict(
            prompts=dict(type='file', path=f'{{{{ fileDirname }}}}/{name}_prompts.txt')
        ),
    }
    return facts, said


def _some(names: Sequence[str]) -> str:
    return ', '.join(names[:6]) + (', …' if len(names) > 6 else '')


def _ask(
    found: LabelledFolder,
    answers: Answers,
    words: Mapping[str, str],
    named: Sequence[str],
    checked: WordCheck | None,
) -> None:
    """The questions that every task with classes has."""
    settings = settings_of(answers.generator)
    pieces = [one for one in named if checked and words[one] in (*checked.split, *checked.unknown)]
    taken = ', '.join(f'{one} is "{words[one]}"' for one in pieces[:4]) + (', …' if len(pieces) > 4 else '')
    if pieces:
        found.questions.append(('read in pieces', taken, '--word NAME=WORD, a plainer word for a class'))
    else:
        found.questions.append(('words', 'as in the table', '--word NAME=WORD, another word for a class'))
    ask_generator(found, answers, settings)


def ask_generator(found: LabelledFolder, answers: Answers, settings: GeneratorSettings) -> None:
    """The question of the generator, and how its settings are known."""
    if answers.generator == BUILT_IN:
        taken = f'{BUILT_IN}, built in: a try-out, it never saw a photograph'
    elif settings.seen:
        taken = f'{answers.generator}, of the family {settings.title}, {settings.side} pixels'
    else:
        taken = f'{answers.generator}, by its name of the family {settings.title}, {settings.side} pixels'
    found.questions.append(('generator', taken, '--generator DIR, a diffusers folder, or a hub id'))


def _draw(found: LabelledFolder, out: Path, palette: list[list[int]], background: int | None) -> None:
    pictures = []
    for index in evenly(len(found.samples)):
        sample = found.samples[index]
        with Image.open(out / f'labels/{sample.name}.png') as label:
            ids = np.asarray(label)
        pictures.append((sample.name, overlay(upright(sample.image), ids, palette, background=background)))
    write_bytes(out / 'labels.png', label_sheet(pictures, list(zip(found.classes, palette, strict=True))))


def upright(path: Path) -> np.ndarray:
    """An image (H, W, 3) uint8, turned as its EXIF orientation says."""
    with Image.open(path) as image:
        if image.getexif().get(0x0112, 1) == 1:
            return read_image(path)
        return np.asarray(ImageOps.exif_transpose(image).convert('RGB'))
