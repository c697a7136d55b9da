"""Options of a recipe: strict types, and one line with the key's path for each mistake."""

from dataclasses import asdict

import pytest
from mmengine.registry import Registry

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.options import Count, Names, Probability, build, build_kind, checked

KINDS = Registry('kind of a test', scope='mmdatasetdm', locations=['mmdatasetdm.generation.options'])


@checked
class Band:
    score: Probability = 0.5


@KINDS.register_module('threshold')
@checked
class Threshold:
    at_least: Probability
    names: Names = ()
    count: Count = 1
    band: Band = Band()


def test_a_kind_by_its_name_with_or_without_the_scope():
    for name in ('threshold', 'mmdatasetdm.threshold'):
        built = build_kind(KINDS, dict(type=name, at_least=0.5, band=dict(score=0.1)), where='filters[0]')
        assert asdict(built) == dict(at_least=0.5, names=(), count=1, band=dict(score=0.1))


@pytest.mark.parametrize(
    'options, message',
    [
        (dict(type='treshold'), "where.type is 'treshold'; did you mean 'threshold'? known are 'threshold'"),
        (dict(type=3), "where.type is 3; known are 'threshold'"),
        (dict(at_least=1), "where.type is None; known are 'threshold'"),
        (dict(type='threshold'), "where (type 'threshold') needs 'at_least'"),
        (dict(type='threshold', at_least=2), 'where.at_least is 2; it must be 1 or less'),
        (dict(type='threshold', at_least='1'), "where.at_least is '1'; it must be a number"),
        (dict(type='threshold', at_least=float('nan')), 'where.at_least is nan; it must be a finite number'),
        (dict(type='threshold', at_least=1, count=2.5), 'where.count is 2.5; it must be a whole number'),
        (dict(type='threshold', at_least=1, names=['a', 'a']), "'a' stands there twice"),
        (dict(type='threshold', at_least=1, band=3), 'where.band is 3; it must be a dict(…)'),
        (dict(type='threshold', at_least=1, band=dict(skore=1)), "where.band has no option 'skore'; known are score"),
        (dict(type='threshold', atleast=1), "has no option 'atleast'; known are at_least, names, count, band"),
    ],
)
def test_mistakes(options, message):
    with pytest.raises(UserError) as error:
        build_kind(KINDS, options, where='where')
    assert message in str(error.value) and '\n' not in str(error.value)


def test_the_recipe_itself_has_no_path():
    with pytest.raises(UserError, match="recipe: unknown key 'scores'; known are score"):
        build(Band, dict(scores=1), where='')
