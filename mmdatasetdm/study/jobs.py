"""Commands that depend on each other, run a few at a time; what is done is not done again."""

import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mmdatasetdm.errors import UserError

_POLL_SECONDS = 0.2
_SAY_SECONDS = 30


@dataclass(frozen=True)
class Job:
    """One command.

    Args:
        name: unique; shown, and the name of its log file.
        kind: jobs of one kind take about the same time; used for the time left.
        command: program and arguments.
        done: the file that says that the job is finished. Where it exists, the job is not run.
        after: names of the jobs that must be finished before.
        guess: seconds, before any job of this kind was timed.
        gpus: on how many GPUs it runs.
        size: bytes that it is expected to leave on the disk.
        prepare: called right before the start.
        finish: called once the command succeeded, with its seconds; leaves ``done``.
    """

    name: str
    kind: str
    command: Sequence[str]
    done: Path
    after: tuple[str, ...] = ()
    guess: float = 60.0
    gpus: int = 1
    size: float = 0.0
    prepare: Callable[[], None] | None = None
    finish: Callable[[float], None] | None = None


class JobFailed(UserError):
    """A job's command failed, or left no result."""


class JobRunner:
    """Runs jobs, each in a process of its own, as soon as those before it are done.

    Jobs start in the order given. When one fails, those that run are ended and nothing more is started; the next call
    goes on with what is left.

    Args:
        jobs: all jobs; their order is their priority.
        logs: folder of the log files.
        parallel: number of jobs at a time; the cores are shared between them (OMP_NUM_THREADS, where the
            environment does not set it).
        say: takes each progress line.
    """

    def __init__(self, jobs: Sequence[Job], *, logs: Path, parallel: int, say: Callable[[str], None] = print) -> None:
        if parallel < 1:
            raise UserError(f'--jobs is {parallel}; it must be 1 or more')
        self.jobs = list(jobs)
        self.logs = logs
        self.parallel = parallel
        self.say = say
        self.seconds: dict[str, list[float]] = {}
        threads = str(max(1, (os.cpu_count() or 1) // parallel))
        self.environment = {'OMP_NUM_THREADS': threads, **os.environ, 'PYTHONUNBUFFERED': '1'}

    def run(self) -> None:
        """Run all jobs that are not done.

        Raises:
            JobFailed: the first job that failed; the line names its log.
        """
        self.logs.mkdir(parents=True, exist_ok=True)
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, _interrupt)  # or the jobs would live on
        finished = {job.name for job in self.jobs if job.done.exists()}
        waiting = [job for job in self.jobs if job.name not in finished]
        if finished:
            self.say(f'{len(finished)} of {len(self.jobs)} steps are done already')
        running: dict[str, tuple[Job, subprocess.Popen, float]] = {}
        said = time.monotonic()
        try:
            while waiting or running:
                for job in [job for job in waiting if finished.issuperset(job.after)][: self.parallel - len(running)]:
                    waiting.remove(job)
                    running[job.name] = (job, self._start(job), time.monotonic())
                    self.say(f'{self._count(finished)} {job.name} starts (about {clock(self._expect(job))})')
                time.sleep(_POLL_SECONDS)
                for job, process, start in list(running.values()):
                    if process.poll() is None:
                        continue
                    del running[job.name]
                    self._finish(job, process.returncode, time.monotonic() - start)
                    finished.add(job.name)
                    self.say(
                        f'{self._count(finished)} {job.name} took {clock(time.monotonic() - start)}; '
                        f'{self._left(waiting, running)} left'
                    )
                    said = time.monotonic()
                if time.monotonic() - said > _SAY_SECONDS and running:
                    names = ', '.join(running)
                    self.say(f'{self._count(finished)} running: {names}; {self._left(waiting, running)} left')
                    said = time.monotonic()
        finally:
            for _, process, _ in running.values():
                process.terminate()
            for _, process, _ in running.values():
                process.wait()

    def _start(self, job: Job) -> subprocess.Popen:
        if job.prepare is not None:
            job.prepare()
        with self._log(job).open('w', encoding='utf-8') as log:
            return subprocess.Popen(
                job.command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=self.environment
            )

    def _finish(self, job: Job, status: int, seconds: float) -> None:
        if status:
            lines = [line for line in self._log(job).read_text(encoding='utf-8', errors='replace').splitlines() if line]
            reason = next((line for line in reversed(lines) if 'rror' in line), [*lines, 'no output'][-1])
            reason = reason.strip().removeprefix('error: ')
            raise JobFailed(f'{job.name} failed ({reason}); its log is {self._log(job)}')
        if job.finish is not None:
            job.finish(seconds)
        if not job.done.exists():
            raise JobFailed(f'{job.name} left no {job.done}; its log is {self._log(job)}')
        self.seconds.setdefault(job.kind, []).append(seconds)

    def _log(self, job: Job) -> Path:
        return self.logs / f'{re.sub(r"[^A-Za-z0-9]+", "_", job.name)}.log'

    def _expect(self, job: Job) -> float:
        timed = self.seconds.get(job.kind)
        return sum(timed) / len(timed) if timed else job.guess

    def _left(self, waiting: Sequence[Job], running: dict) -> str:
        now = time.monotonic()
        seconds = sum(map(self._expect, waiting))
        seconds += sum(max(0.0, self._expect(job) - (now - start)) for job, _, start in running.values())
        return f'about {clock(seconds / self.parallel)}'

    def _count(self, finished: set[str]) -> str:
        return f'[{len(finished)}/{len(self.jobs)}]'


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def clock(seconds: float) -> str:
    """Seconds as 2:05 or 1:02:05."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f'{hours}:{minutes:02d}:{rest:02d}' if hours else f'{minutes}:{rest:02d}'
