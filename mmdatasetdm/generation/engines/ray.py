"""A Ray cluster: nodes may join, die and come back while shards are made."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from itertools import chain
from typing import Any

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.engines.base import Job, make_shards
from mmdatasetdm.generation.engines.device import share_device
from mmdatasetdm.generation.options import Count, NotNegative, Text, checked
from mmdatasetdm.generation.pipeline import Pipeline
from mmdatasetdm.generation.progress import Progress, Tally
from mmdatasetdm.generation.storage.plan import Pending, Shard
from mmdatasetdm.generation.storage.shards import ShardStore
from mmdatasetdm.registry import ENGINES


@ENGINES.register_module('ray')
@checked
class RayEngine:
    """Workers of a Ray cluster, which places and starts them; a dead one's shard goes to another.

    The data set's folder, the generator, the decoders and the code must be on every node under the same paths, as on a
    shared file system. A shard is a task that may be repeated: it makes the same files.

    Args:
        device: of each worker, 'cpu' or 'cuda': the GPU that Ray gives it.
        workers: how many are asked for; those for which the cluster has no room start when nodes join.
        address: of the cluster: 'auto' for the one that this machine belongs to, 'HOST:PORT', 'ray://HOST:PORT'. None:
            that of the environment's RAY_ADDRESS, or else one that is started on this machine for the run.
        gpus, cpus: of each worker; fractions share one. None: a GPU on 'cuda', none else; one core.
        deaths: of workers by one shard, after which the run ends.
        patience: seconds without any worker, after which the run ends: the cluster has no room for one.
    """

    device: Text
    workers: Count = 1
    address: Text | None = None
    gpus: NotNegative | None = None
    cpus: NotNegative = 1.0
    deaths: Count = 5
    patience: Count = 1800

    def uses_processes(self, pending: Pending) -> bool:
        return True

    def run(self, job: Job, pending: Pending, *, pipeline: Pipeline | None, progress: Progress) -> None:
        """As :class:`Engine` says.

        Raises:
            UserError: the package ray is not installed, or there is no cluster at ``address``.
        """
        self.run_on(ShardMaker, (job, self.device), pending, progress)

    def run_on(self, maker: type, arguments: tuple, pending: Pending, progress: Progress) -> None:
        """The same with workers of a class whose ``make(shard)`` gives a :class:`Made`."""
        ray = _import_ray()
        started = not ray.is_initialized()
        if started:
            try:
                ray.init(address=self.address, log_to_driver=False)
            except (ConnectionError, RuntimeError, ValueError) as error:
                where = self.address or 'this machine'
                raise UserError(f'no Ray cluster at {where}: {" ".join(str(error).split())[:160]}') from None
        try:
            gpus = self.gpus if self.gpus is not None else float(self.device.startswith('cuda'))
            remote = ray.remote(maker).options(num_cpus=self.cpus, num_gpus=gpus)
            workers = min(self.workers, len(pending))
            run = _Run(ray, lambda: remote.remote(*arguments), self.deaths, self.patience, progress)
            run.make(iter(pending), workers)
        finally:
            if started:
                ray.shutdown()


def _import_ray() -> Any:
    try:
        import ray
    except ImportError:
        raise UserError("the engine 'ray' needs the package ray: pip install 'mmdatasetdm[ray]'") from None
    return ray


class ShardMaker:
    """A worker, with the models of its job."""

    def __init__(self, job: Job, device: str):
        self.job, self.device = job, device
        self.pipeline: Pipeline | None = None

    def ready(self) -> None:
        """Load the models; it answers when there is a node for it."""
        for module in self.job.recipe.custom_imports:
            import_module(module)
        share_device(self.device, workers=1)
        self.pipeline = self.job.load_pipeline(self.device)

    def make(self, shard: Shard) -> Made:
        """Make a shard and commit it."""
        if self.pipeline is None:
            self.ready()
        assert self.pipeline is not None
        made = Made()
        make_shards(self.pipeline, [shard], ShardStore(self.job.out), workers=1, progress=made)
        return made


class Made:
    """What a worker did: a :class:`Progress` that travels back to the driver."""

    def __init__(self) -> None:
        self.samples, self.tallies, self.lines = 0, list[Tally](), list[str]()

    def add(self, samples: int) -> None:
        self.samples += samples

    def finish(self, made: Tally) -> None:
        self.tallies.append(made)

    def say(self, line: str) -> None:
        self.lines.append(line)

    def replay(self, progress: Progress) -> None:
        """Tell another progress all that this one was told."""
        progress.add(self.samples)
        for line in self.lines:
            progress.say(line)
        for one in self.tallies:
            progress.finish(one)


class _Run:
    """The shards of one run on the workers of a cluster: a worker gets the next one when it has finished the last."""

    def __init__(self, ray: Any, start: Any, deaths: int, patience: int, progress: Progress):
        self.ray, self.start, self.most, self.patience, self.progress = ray, start, deaths, patience, progress
        self.waiting: dict[Any, tuple[Any, Shard | None]] = {}  # answers: of which worker, for which shard
        self.deaths: dict[int | None, int] = {}

    def make(self, shards: Iterator[Shard], workers: int) -> None:
        try:
            for _ in range(workers):
                self._add_worker()
            shard = next(shards, None)
            idle: list[Any] = []
            while True:
                while idle and shard is not None:
                    worker = idle.pop()
                    self.waiting[worker.make.remote(shard)] = worker, shard
                    shard = next(shards, None)
                busy = any(given for _, given in self.waiting.values())
                if shard is None and not busy:
                    return
                answers, _ = self.ray.wait(list(self.waiting), timeout=None if busy else self.patience)
                if not answers:
                    raise UserError(
                        f'the Ray cluster has had room for no worker for {self.patience} s: finished shards '
                        'are kept; ask for less by cpus and gpus of the engine, or add nodes'
                    )
                answer = answers[0]
                worker, given = self.waiting.pop(answer)
                if self._is_alive(answer, given):
                    idle.append(worker)
                elif given is not None:
                    shards, shard = chain([] if shard is None else [shard], shards), given
        finally:
            for worker, _ in self.waiting.values():
                self.ray.kill(worker)

    def _add_worker(self) -> None:
        worker = self.start()
        self.waiting[worker.ready.remote()] = worker, None

    def _is_alive(self, answer: Any, given: Shard | None) -> bool:
        """Hear a worker's answer; where it died, another one is asked for.

        Raises:
            UserError: workers die again and again of the same.
            Exception: what the worker raised.
        """
        try:
            made = self.ray.get(answer)
        except self.ray.exceptions.RayTaskError as error:
            cause = error.cause if isinstance(error.cause, Exception) else error
            raise cause from None
        except self.ray.exceptions.RayActorError as error:
            of = None if given is None else given.index
            self.deaths[of] = self.deaths.get(of, 0) + 1
            reason = ' '.join(str(error).split())[:120]
            if self.deaths[of] >= self.most:
                raise UserError(
                    f'{self.most} workers of the cluster died ({reason}); finished shards are kept, run the same '
                    'command again'
                ) from None
            self.progress.say(f'a worker of the cluster died ({reason}); its shard goes to another one')
            self._add_worker()
            return False
        if made is not None:
            made.replay(self.progress)
        return True
