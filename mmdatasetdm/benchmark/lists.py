"""What the lists of a data set take (manifest, COCO files, dataset.json), for any number of samples."""

from __future__ import annotations

import itertools
import json
import multiprocessing
import os
import re
import time
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.conversion import FinishedDataset
from mmdatasetdm.generation.records import SampleRecord, ShardRecord, as_json
from mmdatasetdm.generation.storage.assemble import assemble
from mmdatasetdm.generation.storage.identity import bind
from mmdatasetdm.generation.storage.plan import Plan, sample_name
from mmdatasetdm.generation.storage.shards import ShardStore
from mmdatasetdm.utils.io import below, dump_json, write_atomic

STATUS, RESET = Path('/proc/self/status'), Path('/proc/self/clear_refs')


@dataclass(frozen=True)
class Written:
    """What writing the lists took.

    Attributes:
        memory: bytes at the peak, beside those of the process before.
        seconds: of the wall clock.
        size: bytes of what was written.
    """

    memory: int
    seconds: float
    size: int


def repeat_dataset(source: Path, out: Path, *, num: int) -> Plan:
    """Write ``out`` with ``num`` samples: those of the data set ``source``, again and again under further numbers.

    Images and labels are linked, so that ``out`` must be on the same disk. Lists are not written.

    Args:
        source: a finished data set whose layout has a file a sample.
    Returns:
        The plan of all samples.
    Raises:
        UserError: it is no such data set.
    """
    dataset = FinishedDataset.open(source)
    if dataset.info.recipe.get('writer', {}).get('type') == 'webdataset':
        raise UserError(f'{source}: its samples are in tar files; give a data set that has a file a sample')
    old, store = ShardStore(source), ShardStore(out)
    records = [record for record in old.samples(dataset.plan) if not record.failed]
    if not records:
        raise UserError(f'{source}: every sample has failed')
    marker = old.read(0)
    plan = Plan(num=num, shard_size=dataset.plan.shard_size)
    store.folder.mkdir(parents=True)
    bind(out, dict(dataset.info.recipe), begun=False)
    endless = itertools.cycle(records)
    for shard in plan:
        samples = [_numbered(next(endless), number, source, out) for number in shard.ids]
        made = ShardRecord(
            shard=shard.index,
            first=shard.first,
            count=shard.count,
            seconds=marker.seconds,
            workers=marker.workers,
            device=marker.device,
            batch_size=marker.batch_size,
            code=marker.code,
            files={},
            samples=samples,
        )
        write_atomic(store.marker(shard.index), dump_json(as_json(made)))
    return plan


def _numbered(record: SampleRecord, number: int, source: Path, out: Path) -> SampleRecord:
    """The record under another number, with its files."""
    name = sample_name(number)
    files = {kind: path.replace(record.name, name) for kind, path in record.files.items()}
    for kind, path in files.items():
        target = below(out, path)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.link(below(source, record.files[kind]).resolve(), target)
    return replace(record, id=number, name=name, files=files)


def write_lists(source: Path, out: Path, *, plan: Plan) -> Written:
    """Write manifest, lists, COCO files and dataset.json of a folder from :func:`repeat_dataset`, and measure it.

    A process forked from this one does it, so that its memory can be told from what the libraries take.

    Raises:
        UserError: the system does not tell the peak of a process's memory.
    """
    if not RESET.exists():
        raise UserError(f'the peak of the memory is measured by {RESET}, which is not on this system')
    receiver, sender = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context('fork').Process(target=_write, args=(source, out, plan, sender))
    process.start()
    sender.close()
    try:
        found: Written = receiver.recv()
    except EOFError:
        raise UserError(f'the lists of {out} were not written: the process ended early') from None
    finally:
        process.join()
    return found


def _write(source: Path, out: Path, plan: Plan, sender: Connection) -> None:
    dataset = FinishedDataset.open(source)
    RESET.write_text('5', encoding='ascii')  # the peak is that from here on
    before, started = _peak(), time.perf_counter()
    parts = dataset.parts(dataset.own_writer())
    recipe = json.loads(json.dumps(dataset.info.recipe))
    assemble(ShardStore(out), plan, identity=recipe, parts=parts, filters=dataset.filters)
    seconds = time.perf_counter() - started
    lists = [path for path in out.rglob('*') if path.suffix in ('.json', '.jsonl', '.txt') and path.is_file()]
    size = sum(path.stat().st_size for path in lists if path.parent.name != 'shards')
    sender.send(Written(memory=_peak() - before, seconds=seconds, size=size))


def _peak() -> int:
    """Bytes of memory at the peak of this process."""
    found = re.search(r'VmHWM:\s+(\d+) kB', STATUS.read_text(encoding='ascii'))
    assert found
    return 1024 * int(found[1])
