"""Choose anew which samples of a generated data set are listed for training: nothing is sampled, labelled or deleted.

    python tools/select_samples.py DIR --where 'semantic.confidence>=0.8' 'semantic.ignored<=0.2'
    python tools/select_samples.py DIR --best 0.7 --by semantic.presence        # of each class the best 70 %
    python tools/select_samples.py DIR --filters configs/generate/voc.py        # those of a recipe
    python tools/select_samples.py DIR --balance 1.5 --no-duplicates --dry-run  # only count
    python tools/select_samples.py DIR --all                                    # no filter

The filters given here replace those by which the data set is selected now; --keep applies both. They are applied in
this order: a recipe's, --where, --no-duplicates, --best, --balance. Scores are those in the manifest
(docs/output_format.md); `image.…` and duplicates need tools/score.py before.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

from mmdatasetdm.errors import UserError
from mmdatasetdm.utils.cli import mistakes_in_one_line
from mmdatasetdm.utils.options import add_custom_imports


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('dir', type=Path, help='folder of the finished data set')
    parser.add_argument('--where', nargs='+', default=[], metavar='CONDITION', help="what is kept: 'image.clip>=0.25'")
    parser.add_argument('--filters', type=Path, metavar='RECIPE', help='the filters of this recipe')
    parser.add_argument('--best', type=float, metavar='SHARE', help='of each class, the best share by --by')
    parser.add_argument('--by', metavar='SCORE', help='the score of --best, as semantic.confidence')
    parser.add_argument('--lowest', action='store_true', help='low is good in --by, as in semantic.uncertainty')
    parser.add_argument(
        '--balance', type=float, metavar='RATIO', help='no class more often than so many times the rarest'
    )
    parser.add_argument('--no-duplicates', type=int, nargs='?', const=4, metavar='BITS', help='hashes that differ less')
    parser.add_argument('--all', action='store_true', help='every sample that did not fail')
    parser.add_argument('--keep', action='store_true', help='apply the filters of now before')
    parser.add_argument('--dry-run', action='store_true', help='say how many are selected, and write nothing')
    add_custom_imports(parser)
    return parser.parse_args(argv)


def filters_of(args: argparse.Namespace) -> list[dict[str, Any]]:
    """The filters that the options describe, as a recipe has them."""
    from mmdatasetdm.generation.selection import parse_where, recipe_filters

    rules, modules = recipe_filters(args.filters) if args.filters else ([], ())
    args.custom_imports = [*args.custom_imports, *modules]
    rules += parse_where(args.where)
    if args.no_duplicates is not None:
        rules.append(dict(type='NearDuplicates', max_distance=args.no_duplicates))
    if (args.best is None) != (args.by is None):
        raise UserError('--best SHARE and --by SCORE belong together')
    if args.best is not None:
        rules.append(dict(type='BestShare', score=args.by, share=args.best, highest=not args.lowest))
    if args.balance is not None:
        rules.append(dict(type='ClassBalance', ratio=args.balance))
    if bool(rules) == args.all:
        raise UserError('give filters (--where, --filters, --best, --balance, --no-duplicates), or --all')
    return rules


@mistakes_in_one_line()
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    rules = filters_of(args)
    from mmdatasetdm.generation.selection import count, select

    try:
        if args.dry_run:
            selected, samples = count(args.dir, rules, keep=args.keep)
            print(f'{selected} of {samples} samples would be listed for training')
            return 0
        dataset = select(args.dir, rules, keep=args.keep, custom_imports=args.custom_imports)
    except OSError as error:
        raise UserError(f'{error.filename or args.dir}: {error.strerror or error}') from None
    print(f'{dataset.selected} of {dataset.samples} samples are listed for training')
    for rule in dataset.filters:
        if rule['dropped']:
            print(f'  {rule["type"]} dropped {rule["dropped"]} (most often: {next(iter(rule["reasons"]), "")})')
    for warning in dataset.warnings:
        print(f'warning: {warning}')
    return 0 if dataset.selected else 2


if __name__ == '__main__':
    sys.exit(main())
