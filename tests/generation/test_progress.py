"""What a run says, and when it ends early."""

from __future__ import annotations

import io
import shutil
from collections import namedtuple

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation import progress
from mmdatasetdm.generation.filters import MeanConfidence
from mmdatasetdm.generation.progress import Monitor, ProgressLine, StopEarly, StopIf, Tally, check_room, tally
from mmdatasetdm.generation.records import SampleRecord
from mmdatasetdm.generation.scores import Scores, SemanticScores


def record(number: int, *, confidence: float = 0.9, ignored: float = 0.25, failed: str | None = None) -> SampleRecord:
    scores = Scores(semantic=SemanticScores(fractions={}, ignored=ignored, confidence=confidence))
    return SampleRecord(
        id=number,
        name=f'{number:08d}',
        prompt='',
        classes=[],
        files={},
        failed=failed,
        scores=None if failed else scores,
    )


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_tally():
    samples = [record(0), record(1, confidence=0.5, ignored=0.75), record(2, failed='the image is black')]
    made = tally(samples, [MeanConfidence(at_least=0.8)], size=300)
    assert made == Tally(samples=3, selected=1, failed=1, label_maps=2, ignored=1.0, size=300)
    assert str(made + made) == '33% selected, 50% ignored, 2 failed'
    assert str(Tally()) == '' and str(Tally(samples=2, selected=2)) == '100% selected, 0 failed'


@pytest.mark.parametrize(
    'made, reason',
    [
        (dict(samples=127), None),
        (dict(samples=128), '0 of the first 128 samples are selected'),
        (dict(samples=128, selected=1), None),
        (dict(samples=128, selected=128, label_maps=128, ignored=128.0), '100% of the pixels of the first 128 samples'),
        (dict(samples=128, selected=128, label_maps=128, ignored=127.0), None),
        (dict(samples=200, selected=50, failed=100), '100 of the first 200 samples failed'),
    ],
)
def test_when_to_stop(made, reason):
    found = StopIf().reason(Tally(**made))
    assert found is None if reason is None else reason in found


def test_a_plain_line_now_and_then_without_a_terminal(monkeypatch):
    now, file = [100.0], io.StringIO()
    monkeypatch.setattr(progress.time, 'monotonic', lambda: now[0])
    line = ProgressLine(total=1000, done=200, file=file)
    line.show('93% selected, 4% ignored, 0 failed')
    for _ in range(20):
        now[0] += 2
        line.add(10)
    line.say('batches of 8 images are tried again')
    line.close()
    assert file.getvalue().splitlines() == [
        '350 of 1000 (35%), 5.00 images/s, 02:10 left; 93% selected, 4% ignored, 0 failed',
        'batches of 8 images are tried again',
        '400 of 1000 (40%), 5.00 images/s, 02:00 left; 93% selected, 4% ignored, 0 failed',
    ]


def test_a_clock_that_jumps_changes_no_plain_line(monkeypatch):
    """The system's time of day may be set while a run goes on; the monotonic clock is not."""
    file = io.StringIO()
    line = ProgressLine(total=10, done=0, file=file)
    monkeypatch.setattr(progress.time, 'time', lambda: -1e9)
    line.add(10)
    line.close()
    assert file.getvalue().startswith('10 of 10 (100%), ') and '-' not in file.getvalue()


def test_a_bar_with_the_shares_on_a_terminal():
    file = Terminal()
    line = ProgressLine(total=10, done=4, file=file)
    line.show('50% selected, 0 failed')
    line.add(6)
    line.say('a word')
    line.close()
    assert 'a word\n' in file.getvalue()
    assert '100%' in file.getvalue() and '10/10' in file.getvalue() and ', 50% selected, 0 failed]' in file.getvalue()


def monitor(folder, **options) -> Monitor:
    return Monitor(folder, **dict(before=Tally(), stop_if=StopIf(after=4), total=1000, done=0) | options)


def test_a_run_of_no_use_ends(tmp_path, capsys):
    run = monitor(tmp_path)
    run.finish(Tally(samples=2, selected=0))
    with pytest.raises(StopEarly, match='0 of the first 4 samples are selected'):
        run.finish(Tally(samples=2, selected=0))
    with pytest.raises(StopEarly):  # what was made before counts
        monitor(tmp_path, before=Tally(samples=4)).check()
    never = monitor(tmp_path, stop_if=None)
    never.finish(Tally(samples=500))


def test_the_rest_must_fit_on_the_disk(tmp_path, monkeypatch):
    usage = namedtuple('usage', 'total used free')
    monkeypatch.setattr(shutil, 'disk_usage', lambda _: usage(10**12, 10**12 - 10**9, 10**9))
    with pytest.raises(
        UserError, match=r'the 998 samples that are left take 4.99 GB, and the disk has 1 GB; make room'
    ):
        monitor(tmp_path).finish(Tally(samples=2, selected=2, size=10**7))
    check_room(tmp_path, samples=1000, size=10**6)
    with pytest.raises(UserError, match='1001 samples'):
        check_room(tmp_path, samples=1001, size=10**6)
