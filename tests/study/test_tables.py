"""Means, spreads and tables of runs whose numbers can be worked out by hand."""
from mmdatasetdm.study.tables import gains, markdown, summarize


def run(setting: str, seed: int, score: float, *, labels: int = 20, **classes: float) -> dict:
    return dict(model='net', labels=labels, setting=setting, seed=seed, mIoU=score, classes=classes)


RUNS = [run('both', 0, 30, ball=10, dog=50), run('both', 1, 34, ball=20), run('real', 1, 22, ball=2),
        run('real', 0, 20, ball=1), run('real', 0, 40, labels=100, ball=30)]


def test_mean_and_spread_over_seeds():
    rows = summarize(RUNS)
    assert [(row['labels'], row['setting']) for row in rows] == [(20, 'real'), (20, 'both'), (100, 'real')]
    assert rows[0] == dict(model='net', labels=20, setting='real', seeds=[0, 1], mIoU=21.0, spread=1.41,
                           classes=dict(ball=1.5))
    assert rows[1]['classes'] == dict(ball=15.0, dog=50.0)
    assert rows[2]['spread'] is None


def test_gain_is_taken_seed_by_seed():
    # 30 - 20 and 34 - 22
    assert gains(RUNS) == [dict(model='net', labels=20, setting='both', mIoU=11.0, spread=1.41)]


def test_markdown():
    lines = markdown(RUNS).splitlines()
    assert lines[0] == '| model | labelled images | real | both | both - real |'
    assert lines[2] == '| net | 20 | 21.0 ± 1.4 | 32.0 ± 2.8 | +11.0 ± 1.4 |'
    assert lines[3] == '| net | 100 | 40.0 |  |  |'
    assert lines[5] == '| model | labelled images | setting | ball | dog |'
    assert lines[7:] == ['| net | 20 | real | 1.5 |  |', '| net | 20 | both | 15.0 | 50.0 |',
                         '| net | 100 | real | 30.0 |  |']
