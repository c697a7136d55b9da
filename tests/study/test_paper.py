"""A table of the paper in a study's config, and ours beside it."""

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.study import Metric, load_study_config
from mmdatasetdm.study.paper import Paper, PaperRow
from mmdatasetdm.study.tables import comparison
from tests.study.test_overrides import CONFIG

PAPER = Paper(
    source='supp. table 5',
    rows=(
        PaperRow(model='net', labels=100, setting='real', scores=dict(mIoU=31.2), classes=dict(belt=24.3)),
        PaperRow(model='net', labels=100, setting='real+synthetic', scores=dict(mIoU=36.7)),
    ),
)


def test_ours_stand_beside_theirs():
    runs = [
        dict(model='net', labels=100, setting='real', seed=seed, scores=dict(mIoU=score), classes=dict(belt=20.0))
        for seed, score in enumerate((30.0, 31.0))
    ]
    assert comparison(PAPER, runs, [Metric(key='mIoU', name='mIoU')]).splitlines() == [
        '| model | labelled images | setting | metric | supp. table 5 | here | difference |',
        '| --- | --- | --- | --- | --- | --- | --- |',
        '| net | 100 | real | mIoU | 31.2 | 30.5 | -0.7 |',
        '| net | 100 | real | IoU belt | 24.3 | 20.0 | -4.3 |',
        '| net | 100 | real+synthetic | mIoU | 36.7 |  |  |',
    ]


@pytest.mark.parametrize(
    ('line', 'words'),
    [
        ("paper = dict(source='t', rows=[dict(model='nt', labels=1, setting='real')])", 'paper: there is no model nt'),
        ("paper = dict(source='t', rows=[dict(labels=1, setting='real')])", r"paper.rows\[0\]: missing .* 'model'"),
        (
            "paper = dict(source='t', rows=[dict(model='few', labels=1, setting='real', scores=dict(AP=1))])",
            'paper: there is no metric AP; known are mIoU',
        ),
        ("paper = dict(rows=[dict(model='few', labels=1, setting='real')])", "paper: missing .* 'source'"),
        (
            "costs = dict(machine='one V100')",
            'costs.networks has no pattern that fits deeplabv3plus_r50-d8_4xb4-40k_voc12',
        ),
        ('costs = dict(speed=3)', "costs: got an unexpected keyword argument 'speed'"),
        (
            'overrides = dict(plane=dict(labels=[100]))',
            'overrides: there is no model plane; known are plain,',
        ),
        ('labelled = {60: 3}', 'labelled.60 must be a dict of keys, not 3'),
    ],
)
def test_mistakes(tmp_path, line, words):
    (tmp_path / 'table.py').write_text(f'{CONFIG}\n{line}\n')
    with pytest.raises(UserError, match=words):
        load_study_config(tmp_path / 'table.py')
