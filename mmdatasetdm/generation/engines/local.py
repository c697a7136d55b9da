"""This machine: one process, or several that take shard after shard."""

from __future__ import annotations

from mmdatasetdm.generation.engines.base import Job, make_shards
from mmdatasetdm.generation.engines.pool import WorkerPool
from mmdatasetdm.generation.options import Count, Text, checked
from mmdatasetdm.generation.pipeline import Pipeline
from mmdatasetdm.generation.progress import Progress
from mmdatasetdm.generation.storage.plan import Pending
from mmdatasetdm.generation.storage.shards import ShardStore
from mmdatasetdm.registry import ENGINES


@ENGINES.register_module('local')
@checked
class LocalEngine:
    """Processes on this machine, which talk to nobody but their parent.

    Args:
        device: 'cpu', 'cuda' (several workers take the GPUs in turn), 'cuda:1', ...
        workers: processes; 1 is this one.
    """

    device: Text
    workers: Count = 1

    def uses_processes(self, pending: Pending) -> bool:
        return min(self.workers, len(pending)) > 1

    def run(self, job: Job, pending: Pending, *, pipeline: Pipeline | None, progress: Progress) -> None:
        """As :class:`Engine` says. The end of this process, however it comes, is that of its workers."""
        if pipeline is not None:
            make_shards(pipeline, pending, ShardStore(job.out), workers=1, progress=progress)
            return
        with WorkerPool(job, device=self.device, workers=min(self.workers, len(pending))) as pool:
            pool.run(pending, progress)
