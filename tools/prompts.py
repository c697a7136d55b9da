"""Look at, make and check prompts. No model is needed.

    python tools/prompts.py show configs/generate/toyroom_semantic.py     # what a recipe says, and which classes
    python tools/prompts.py make configs/generate/voc.py --num 1000 --out data/prompts/voc.jsonl
    python tools/prompts.py write voc --num 100 --out data/prompts/voc.jsonl   # by a grammar, for each class
    python tools/prompts.py write --classes crane,excavator --num 500 --out data/prompts/machines.jsonl
    python tools/prompts.py write voc --model gpt-4o --out data/prompts/voc.jsonl   # by a language model
    python tools/prompts.py check answer.txt --recipe configs/generate/voc.py --out data/prompts/voc.jsonl
    python tools/prompts.py check answer.txt                              # prompts of no class, as for depth

`check` reads what a language model wrote, its dialogue as a whole if need be: list marks (1a.), bullets and quotation
marks are taken off, the talk around the list is left out, the classes that each line names are found, singular or
plural. With --out it writes the usable prompts, each once, for prompts=dict(type='file', path=…).
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from mmdatasetdm.errors import UserError
from mmdatasetdm.utils.cli import mistakes_in_one_line
from mmdatasetdm.utils.io import write_new


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest='command', required=True)
    show = commands.add_parser('show', help="print a recipe's first prompts and the count of each class")
    show.add_argument('recipe')
    show.add_argument('--num', type=int, default=20, help='prompts to print (default 20)')
    show.add_argument('--count', type=int, default=1000, help='prompts to count classes in (default 1000)')
    make = commands.add_parser('make', help="write a recipe's prompts into a file, to be edited")
    make.add_argument('recipe')
    make.add_argument('--num', type=int, required=True)
    make.add_argument('--out', type=Path, required=True)
    check = commands.add_parser('check', help='check a file of prompts, from a language model for instance')
    check.add_argument('file', type=Path)
    names = check.add_mutually_exclusive_group()
    names.add_argument('--recipe', help='take the classes and their phrases from this recipe, and its generator')
    names.add_argument('--classes', help='class names, separated by commas (default: none, every sentence will do)')
    check.add_argument('--max-words', type=int, default=40, help='longer lines are left out (default 40 words)')
    check.add_argument('--out', type=Path, help='write the usable prompts here, as JSON lines')
    write = commands.add_parser('write', help='write varied prompts for each class, by a grammar or a language model')
    write.add_argument('dataset', nargs='?', help='voc, coco, cityscapes, nyu, pose or fashion')
    write.add_argument('--classes', help="class names, separated by commas (default: the data set's)")
    write.add_argument('--words', type=Path, help='a JSON file with words for the classes: docs/prompts.md')
    write.add_argument('--num', type=int, default=100, help='prompts for each class (default 100)')
    write.add_argument('--seed', type=int, default=0)
    write.add_argument('--generator', help='the generator that is to read them (default: 77 tokens of CLIP)')
    write.add_argument('--max-words', type=int, default=40, help='no prompt is longer (default 40 words)')
    write.add_argument('--model', help='ask this language model of the server OPENAI_BASE_URL with OPENAI_API_KEY')
    write.add_argument('--answers', type=Path, help="the model's answers, to go on from (default OUT.answers.jsonl)")
    write.add_argument('--price', help='of a million tokens sent and answered, as 2.5,10: says what the answers cost')
    write.add_argument('--timeout', type=float, default=120, help='seconds for one answer of the model (default 120)')
    write.add_argument('--out', type=Path, required=True, help='.txt: plain sentences; .jsonl: with their classes')
    return parser.parse_args(argv)


def show(args: argparse.Namespace) -> None:
    from mmdatasetdm.generation.recipe import load_prompts

    if args.num < 0 or args.count < 1:
        raise UserError(f'--num is {args.num} and --count is {args.count}; give 0 or more, and 1 or more')
    prompts = load_prompts(args.recipe)
    for sample_id in range(args.num):
        prompt = prompts(sample_id)
        print(f'{sample_id:6}  {prompt.text}  [{", ".join(prompt.classes)}]')
    print(f'\nclasses in the first {args.count} prompts:')
    print_counts(Counter(name for i in range(args.count) for name in prompts(i).classes), prompts.classes)


def make(args: argparse.Namespace) -> None:
    from mmdatasetdm.generation.recipe import load_prompts

    if args.num < 1:
        raise UserError(f'--num is {args.num}; it must be 1 or more')
    prompts = load_prompts(args.recipe)
    write_prompts(args.out, (prompts(sample_id) for sample_id in range(args.num)))
    print(f'{args.out}: {args.num} prompts')


def check(args: argparse.Namespace) -> None:
    from mmdatasetdm.generation.prompts.chat import clean_line, reasons_to_leave_out
    from mmdatasetdm.generation.prompts.length import cut_classes, reader_of
    from mmdatasetdm.generation.prompts.text import parse_line, read_header, read_prompt_lines
    from mmdatasetdm.utils.paths import locate_prompts

    if args.max_words < 1:
        raise UserError(f'--max-words is {args.max_words}; it must be 1 or more')
    classes, phrases, generator = names_of(args)
    read = reader_of(generator)
    lines = read_prompt_lines(locate_prompts(args.file))
    if header := read_header(lines[0][1]):
        lines = lines[1:]
        if not args.recipe and not classes:
            classes, phrases = header
    good, left_out, cut = {}, [], []
    for (number, line), reason in zip(lines, reasons_to_leave_out([line for _, line in lines]), strict=True):
        if reason:
            left_out.append((number, reason, line))
            continue
        text = line if line.startswith('{') else clean_line(line)
        prompt = parse_line(text, classes, phrases, where=f'{args.file}, line {number}')
        if classes and not prompt.classes:
            left_out.append((number, 'names no class', prompt.text))
        elif len(prompt.text.split()) > args.max_words:
            left_out.append((number, f'has more than {args.max_words} words (--max-words)', prompt.text))
        elif prompt.text.lower() in good:
            left_out.append((number, 'is there already', prompt.text))
        else:
            good[prompt.text.lower()] = prompt
            cut += [(number, name) for name in cut_classes(prompt, phrases, read)]
    for number, why, text in left_out:
        print(f'left out: line {number} {why}: {text[:90]}')
    for number, name in cut:
        print(f'warning: line {number} names {name} behind the last token that the text encoder reads')
    if not good:
        what = f'names any of the classes {", ".join(classes)}' if classes else 'is a prompt'
        raise UserError(f'{args.file}: no line {what} ({len(left_out)} are left out)')
    if cut:
        lines_of = len({number for number, _ in cut})
        print(f'{lines_of} prompts are so long that a class of theirs is not read: shorten them')
    found = Counter(name for prompt in good.values() for name in prompt.classes)
    print(f'{len(good)} prompts are usable, {len(left_out)} are left out' + ('; classes:' if classes or found else ''))
    print_counts(found, classes or sorted(found))
    if args.out:
        write_prompts(args.out, good.values())
        print(args.out)


def write(args: argparse.Namespace) -> None:
    from mmdatasetdm.generation.prompts.collect import PromptCollection
    from mmdatasetdm.generation.prompts.grammar import load_grammar, write_sentences
    from mmdatasetdm.generation.prompts.length import reader_of
    from mmdatasetdm.generation.prompts.text import plain_file

    for option, value, least in (('--num', args.num, 1), ('--max-words', args.max_words, 1), ('--seed', args.seed, 0)):
        if value < least:
            raise UserError(f'{option} is {value}; it must be {least} or more')
    price = price_of(args.price)
    if args.answers and not args.model:
        raise UserError('--answers are those of a language model: give --model too')
    if not 0 < args.timeout < float('inf'):
        raise UserError(f'--timeout is {args.timeout}; it must be more than 0 seconds')
    grammar = load_grammar(args.dataset, classes=split_names(args.classes), words=args.words)
    collection = PromptCollection(
        classes=grammar.classes, phrases=grammar.phrases, read=reader_of(args.generator), max_words=args.max_words
    )
    if args.model:
        from mmdatasetdm.generation.prompts.llm import Endpoint, LanguageModel, write_by_model

        answers = args.answers or args.out.with_name(f'{args.out.name}.answers.jsonl')
        if args.out.exists():  # before anything is paid
            raise UserError(f'--out {args.out} exists already: delete it, or give another name')
        endpoint = Endpoint.from_environment()
        model = LanguageModel(name=args.model, answers=answers, endpoint=endpoint, timeout=args.timeout)
        try:
            prompts = write_by_model(grammar, collection, model, num=args.num)
        finally:
            print(model.cost(price))
    else:
        write_sentences(grammar, collection, num=args.num, seed=args.seed)
        prompts = collection.prompts
    if args.out.suffix == '.txt':
        write_new(args.out, plain_file(prompts, grammar.classes, grammar.phrases))
    else:
        write_prompts(args.out, prompts)
    print(f'{args.out}: {len(prompts)} prompts; classes:')
    counts = Counter(name for prompt in prompts for name in prompt.classes)
    print_counts(counts, grammar.classes)
    if short := [name for name in grammar.classes if 0 < counts[name] < args.num]:
        print(f'warning: fewer than {args.num} prompts name {", ".join(short)}')


def price_of(text: str | None) -> tuple[float, float] | None:
    """``--price``: what a million tokens that are sent, and that are answered, cost."""
    if text is None:
        return None
    try:
        sent, answered = map(float, text.split(','))
    except ValueError:
        sent = answered = -1.0
    if not (0 <= sent < float('inf') and 0 <= answered < float('inf')):
        raise UserError(f'--price is {text}; give the prices of a million tokens sent and answered, as 2.5,10')
    return sent, answered


def split_names(text: str | None) -> tuple[str, ...]:
    """The names in ``--classes``, () where it is not given."""
    names = tuple(dict.fromkeys(name.strip() for name in (text or '').split(',') if name.strip()))
    if text is not None and not names:
        raise UserError(f"--classes '{text}' has no name; give them separated by commas, or leave it out")
    return names


def names_of(args: argparse.Namespace) -> tuple[tuple[str, ...], dict, str | None]:
    """The classes to look for, their further phrases, and the generator that is to read the prompts."""
    from mmdatasetdm.generation.recipe import load_prompt_names

    if args.recipe:
        return load_prompt_names(args.recipe)
    return split_names(args.classes), {}, None


def print_counts(counts: Counter, classes: Iterable[str]) -> None:
    most = max(counts.values(), default=1)
    for name in classes:
        print(f'{name:>14} {counts[name]:6} {"#" * round(40 * counts[name] / most)}')
    if missing := [name for name in classes if not counts[name]]:
        print(f'warning: no prompt names {", ".join(missing)}')


def write_prompts(path: Path, prompts: Iterable) -> None:
    lines = (json.dumps(dict(text=prompt.text, classes=prompt.classes), ensure_ascii=False) for prompt in prompts)
    write_new(path, ''.join(f'{line}\n' for line in lines))


@mistakes_in_one_line()
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    {'show': show, 'make': make, 'check': check, 'write': write}[args.command](args)
    return 0


if __name__ == '__main__':
    sys.exit(main())
