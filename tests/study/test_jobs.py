"""JobRunner with real processes: order, what is done, parallel work, failures."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.study.jobs import Job, JobFailed, JobRunner, clock


def touch(folder: Path, name: str, *, after: tuple[str, ...] = (), code: str = '', kind: str = 'touch', **more) -> Job:
    """A job that runs ``code`` and then writes a file of its name."""
    done = folder / name
    code = f'import os, time; {code}; open({str(done)!r}, "w").write(os.environ["OMP_NUM_THREADS"])'
    command = [sys.executable, '-c', code.replace('; ;', ';')]
    return Job(name=name, kind=kind, command=command, done=done, after=after, **more)


def runner(folder: Path, jobs: list[Job], lines: list[str], parallel: int = 2) -> JobRunner:
    return JobRunner(jobs, logs=folder / 'logs', parallel=parallel, say=lines.append)


def test_runs_each_after_those_it_needs(tmp_path):
    lines: list[str] = []
    read = f'open({str(tmp_path / "first")!r}).read()'
    runner(tmp_path, [touch(tmp_path, 'last', after=('first',), code=read), touch(tmp_path, 'first')], lines).run()
    assert (tmp_path / 'last').exists()
    starts = [line.split()[1] for line in lines if 'starts' in line]
    assert starts == ['first', 'last']
    assert lines[-1].startswith('[2/2] last took') and lines[-1].endswith('about 0:00 left')


def test_what_is_done_is_not_repeated(tmp_path):
    (tmp_path / 'first').write_text('kept')
    lines: list[str] = []
    runner(tmp_path, [touch(tmp_path, 'first'), touch(tmp_path, 'second', after=('first',))], lines).run()
    assert (tmp_path / 'first').read_text() == 'kept'
    assert lines[0] == '1 of 2 steps are done already'


def test_parallel_jobs_meet_and_share_the_cores(tmp_path, monkeypatch):
    monkeypatch.delenv('OMP_NUM_THREADS', raising=False)
    # each waits for the file that the other writes first: one after the other they would wait for ever
    wait = 'open({mine!r}, "w").close(); [time.sleep(.05) for _ in range(400) if not os.path.exists({other!r})]'
    a, b = str(tmp_path / 'a.here'), str(tmp_path / 'b.here')
    check = '; assert os.path.exists({other!r})'
    jobs = [
        touch(tmp_path, 'a', code=(wait + check).format(mine=a, other=b)),
        touch(tmp_path, 'b', code=(wait + check).format(mine=b, other=a)),
    ]
    runner(tmp_path, jobs, []).run()
    assert (tmp_path / 'a').read_text() == str(max(1, os.cpu_count() // 2))


def test_threads_that_a_person_chose_are_kept(tmp_path, monkeypatch):
    monkeypatch.setenv('OMP_NUM_THREADS', '3')
    runner(tmp_path, [touch(tmp_path, 'a')], []).run()
    assert (tmp_path / 'a').read_text() == '3'


def test_failure_names_the_error_and_the_log_and_ends_the_rest(tmp_path):
    slow = touch(tmp_path, 'slow', code='time.sleep(600)')
    bad = touch(tmp_path, 'bad', code='raise SystemExit("error: no such class")')
    never = touch(tmp_path, 'never', after=('bad',))
    with pytest.raises(JobFailed, match=r'bad failed \(no such class\); its log is .*logs/bad\.log'):
        runner(tmp_path, [slow, bad, never], []).run()
    assert not (tmp_path / 'never').exists() and not (tmp_path / 'slow').exists()


def test_a_job_must_leave_its_result(tmp_path):
    job = Job(name='empty', kind='touch', command=[sys.executable, '-c', ''], done=tmp_path / 'result')
    with pytest.raises(JobFailed, match=r'empty left no .*result'):
        runner(tmp_path, [job], []).run()


def test_prepare_and_finish(tmp_path):
    folder = tmp_path / 'run'
    job = touch(
        folder,
        'part',
        prepare=folder.mkdir,
        finish=lambda seconds: (folder / 'result.json').write_text(json.dumps(seconds)),
    )
    runner(tmp_path, [job], []).run()
    assert 0 < json.loads((folder / 'result.json').read_text()) < 600


def test_no_jobs_at_a_time():
    with pytest.raises(UserError, match='--jobs is 0'):
        JobRunner([], logs=Path('logs'), parallel=0)


def test_clock():
    assert [clock(seconds) for seconds in (0, 65.4, 3725)] == ['0:00', '1:05', '1:02:05']


def test_being_ended_ends_the_jobs(tmp_path):
    pid = tmp_path / 'pid'
    job = touch(tmp_path, 'slow', code=f'open({str(pid)!r}, "w").write(str(os.getpid())); time.sleep(600)')
    code = (
        'import sys; from pathlib import Path; from mmdatasetdm.study.jobs import Job, JobRunner; '
        f'JobRunner([Job(name="slow", kind="k", command={list(job.command)!r}, done=Path({str(job.done)!r}))], '
        f'logs=Path({str(tmp_path / "logs")!r}), parallel=1).run()'
    )
    study = subprocess.Popen([sys.executable, '-c', code], cwd=Path(__file__).parents[2], stderr=subprocess.DEVNULL)
    while not (pid.exists() and pid.read_text()):
        assert study.poll() is None
        time.sleep(0.05)
    study.terminate()
    assert study.wait() != 0
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)
