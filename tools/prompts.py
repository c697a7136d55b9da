"""Look at, make and check prompts. No model is needed.

    python tools/prompts.py show configs/generate/toyroom_semantic.py     # what a recipe says, and which classes
    python tools/prompts.py make configs/generate/voc.py --num 1000 --out data/prompts/voc.jsonl
    python tools/prompts.py check llm_output.txt --recipe configs/generate/voc.py --out data/prompts/voc.jsonl

`check` reads a list of sentences, one a line, as a language model writes them (numbers, bullets and quotation marks are
taken off), finds the classes that each names, and with --out writes the usable ones, each once, for
prompts=dict(type='file', path=…).
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from mmdatasetdm.errors import UserError


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
    names = check.add_mutually_exclusive_group(required=True)
    names.add_argument('--recipe', help='take the classes and their wordings from this recipe')
    names.add_argument('--classes', help='class names, separated by commas')
    check.add_argument('--max-words', type=int, default=40, help='longer lines are left out (default 40 words)')
    check.add_argument('--out', type=Path, help='write the usable prompts here, as JSON lines')
    return parser.parse_args(argv)


def show(args: argparse.Namespace) -> None:
    from mmdatasetdm.generation.recipe import load_prompts

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
    from mmdatasetdm.generation.prompt_text import clean_line, parse_line, read_prompt_lines
    from mmdatasetdm.generation.recipe import load_prompts

    if args.recipe:
        source = load_prompts(args.recipe)
        classes, phrases = source.classes, source.phrases
    else:
        classes, phrases = tuple(name.strip() for name in args.classes.split(',') if name.strip()), {}
    good, left_out = {}, []
    for number, line in enumerate(read_prompt_lines(args.file), 1):
        prompt = parse_line(clean_line(line), classes, phrases, where=f'{args.file}, line {number}')
        if not prompt.classes:
            left_out.append((number, 'names no class', prompt.text))
        elif len(prompt.text.split()) > args.max_words:
            left_out.append((number, f'longer than {args.max_words} words', prompt.text))
        elif prompt.text.lower() in good:
            left_out.append((number, 'is there already', prompt.text))
        else:
            good[prompt.text.lower()] = prompt
    for number, why, text in left_out:
        print(f'left out: line {number} {why}: {text[:90]}')
    if not good:
        raise UserError(f'{args.file}: no line names any of the classes {", ".join(classes)}')
    print(f'{len(good)} prompts are usable, {len(left_out)} are left out; classes:')
    print_counts(Counter(name for prompt in good.values() for name in prompt.classes), classes)
    if args.out:
        write_prompts(args.out, good.values())
        print(args.out)


def print_counts(counts: Counter, classes: Iterable[str]) -> None:
    most = max(counts.values(), default=1)
    for name in classes:
        print(f'{name:>14} {counts[name]:6} {"#" * round(40 * counts[name] / most)}')
    if missing := [name for name in classes if not counts[name]]:
        print(f'warning: no prompt names {", ".join(missing)}')


def write_prompts(path: Path, prompts: Iterable) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, 'w', encoding='utf-8') as file:
        for prompt in prompts:
            file.write(json.dumps(dict(text=prompt.text, classes=prompt.classes), ensure_ascii=False) + '\n')


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    try:
        {'show': show, 'make': make, 'check': check}[args.command](args)
    except UserError as error:
        print(f'error: {error}', file=sys.stderr)
        return 2
    except BrokenPipeError:  # `show … | head`
        sys.stderr.close()
    return 0


if __name__ == '__main__':
    sys.exit(main())
