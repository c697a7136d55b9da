"""Means, spreads and tables of runs whose numbers can be worked out by hand."""

from mmdatasetdm.study.metrics import Metric
from mmdatasetdm.study.tables import gains, markdown, summarize

MIOU = [Metric(key='mIoU', name='mIoU')]
DEPTH = [
    Metric(key='abs_rel', name='REL', decimals=3, lower_is_better=True),
    Metric(key='d1', name='delta1', scale=100.0),
]


def run(setting: str, seed: int, score: float, *, labels: int = 20, **classes: float) -> dict:
    return dict(model='net', labels=labels, setting=setting, seed=seed, scores=dict(mIoU=score), classes=classes)


def depth_run(setting: str, seed: int, **scores: float) -> dict:
    return dict(model='net', labels=50, setting=setting, seed=seed, scores=scores)


RUNS = [
    run('real+synthetic', 0, 30, ball=10, dog=50),
    run('real+synthetic', 1, 34, ball=20),
    run('real', 1, 22, ball=2),
    run('real', 0, 20, ball=1),
    run('real', 0, 40, labels=100, ball=30),
]
DEPTHS = [
    depth_run('real', 0, REL=0.2, delta1=70.0),
    depth_run('real', 1, REL=0.1, delta1=80.0),
    depth_run('real+synthetic', 0, REL=0.15, delta1=75.0),
    depth_run('real+synthetic', 1, REL=0.09),
]


def test_mean_and_spread_over_seeds():
    rows = summarize(RUNS, MIOU)
    assert [(row['labels'], row['setting']) for row in rows] == [(20, 'real'), (20, 'real+synthetic'), (100, 'real')]
    assert rows[0] == dict(
        model='net',
        labels=20,
        setting='real',
        seeds=[0, 1],
        scores=dict(mIoU=dict(mean=21.0, spread=1.414214)),
        classes=dict(ball=1.5),
    )
    assert rows[1]['classes'] == dict(ball=15.0, dog=50.0)
    assert rows[2]['scores']['mIoU']['spread'] is None


def test_gain_is_taken_seed_by_seed():
    # 30 - 20 and 34 - 22
    assert gains(RUNS, MIOU) == [
        dict(model='net', labels=20, setting='real+synthetic', gains=dict(mIoU=dict(mean=11.0, spread=1.414214)))
    ]


def test_an_error_falls_in_percent():
    # REL: -0.05 of 0.2 and -0.01 of 0.1; the second seed has no delta1
    (row,) = gains(DEPTHS, DEPTH)
    assert row['gains'] == dict(
        REL=dict(mean=-0.03, spread=0.028284, relative=dict(mean=-17.5, spread=10.606602)),
        delta1=dict(mean=5.0, spread=None),
    )
    assert summarize(DEPTHS, DEPTH)[1]['scores'] == dict(
        REL=dict(mean=0.12, spread=0.042426), delta1=dict(mean=75.0, spread=None)
    )


def test_markdown():
    lines = markdown(RUNS, MIOU).splitlines()
    assert lines[0] == '| model | labelled images | metric | real | real+synthetic | real+synthetic - real |'
    assert lines[2] == '| net | 20 | mIoU | 21.0 ± 1.4 | 32.0 ± 2.8 | +11.0 ± 1.4 |'
    assert lines[3] == '| net | 100 | mIoU | 40.0 |  |  |'
    assert lines[5] == '| model | labelled images | setting | ball | dog |'
    assert lines[7:] == [
        '| net | 20 | real | 1.5 |  |',
        '| net | 20 | real+synthetic | 15.0 | 50.0 |',
        '| net | 100 | real | 30.0 |  |',
    ]


def test_a_mean_is_rounded_once():
    # the mean is 10.048: rounded to two digits before it is shown with one, it would be 10.1
    lines = markdown([run('real', seed, score) for seed, score in enumerate((10.04, 10.05, 10.054))], MIOU).splitlines()
    assert lines[2] == '| net | 20 | mIoU | 10.0 ± 0.0 |'


def test_markdown_of_several_metrics_without_classes():
    assert markdown(DEPTHS, DEPTH).splitlines()[2:] == [
        '| net | 50 | REL (lower is better) | 0.150 ± 0.071 | 0.120 ± 0.042 | -0.030 ± 0.028 (-17.5 ± 10.6 %) |',
        '| net | 50 | delta1 | 75.0 ± 7.1 | 75.0 | +5.0 |',
    ]
