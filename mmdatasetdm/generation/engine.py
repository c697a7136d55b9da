"""The engine: recipe -> plan -> workers -> shards -> data set."""

from __future__ import annotations

import errno
import subprocess
from collections.abc import Callable
from pathlib import Path

import torch

import mmdatasetdm
from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.lock import folder_lock
from mmdatasetdm.generation.manifest import assemble, check_empty, claim
from mmdatasetdm.generation.pipeline import Origin, Pipeline
from mmdatasetdm.generation.plan import Plan, Shard
from mmdatasetdm.generation.progress import Progress
from mmdatasetdm.generation.prompt_length import warn_of_cut_classes
from mmdatasetdm.generation.recipe import Recipe
from mmdatasetdm.generation.shards import ShardStore
from mmdatasetdm.generation.workers import run_workers

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def generate(
    recipe: Recipe,
    out: str | Path,
    *,
    num: int | None = None,
    device: str = 'cpu',
    workers: int = 1,
    relabel: str | Path | None = None,
    checksums: bool = False,
    say: Callable[[str], None] = print,
) -> dict:
    """Make a data set, or finish one that was begun.

    Args:
        recipe: what to make.
        out: its folder: new, or of an earlier run of the same recipe (finished shards are kept; a larger ``num`` adds
            to them).
        num: how many samples; default: the recipe's.
        device: 'cpu', 'cuda', 'cuda:1', ...
        workers: processes, each with its own shards.
        relabel: a finished folder whose samples are annotated with this recipe's decoder, without sampling again.
        checksums: on a restart, read all finished files and compare their checksums (otherwise their sizes).
        say: where progress is told.
    Returns:
        The contents of dataset.json.
    Raises:
        UserError: a person's mistake, a full disk, no sample left, another process in the folder.
    """
    out = Path(out)
    origin = Origin.open(Path(relabel)) if relabel else None
    num = num if num is not None else origin.dataset['num'] if origin else recipe.num
    if num is None:
        raise UserError('how many samples? give --num N, or num in the recipe')
    plan = Plan(num=num, shard_size=origin.dataset['recipe']['shard_size'] if origin else recipe.shard_size)
    if origin and num > origin.dataset['num']:
        raise UserError(f'--num {num}: {origin.root} has {origin.dataset["num"]} samples')
    if origin and origin.root.resolve() == out.resolve():
        raise UserError('--relabel and --out are the same folder; labels of two decoders need two folders')
    if workers < 1:
        raise UserError(f'--workers is {workers}; it must be 1 or more')
    check_empty(out)
    try:
        out.mkdir(parents=True, exist_ok=True)
        with folder_lock(out):
            return _generate(
                recipe, out, plan, device=device, workers=workers, origin=origin, checksums=checksums, say=say
            )
    except OSError as error:
        if error.errno in FULL:
            done = sum(1 for _ in (out / 'shards').glob('[0-9]*.json'))
            raise UserError(
                f'no space left on the disk of {out}: {done} of {len(plan)} shards are finished and kept; make '
                'room and run the same command again'
            ) from None
        if isinstance(error, PermissionError):
            raise UserError(f'{error.filename} may not be written: {error.strerror}') from None
        raise


def _generate(
    recipe: Recipe,
    out: Path,
    plan: Plan,
    *,
    device: str,
    workers: int,
    origin: Origin | None,
    checksums: bool,
    say: Callable[[str], None],
) -> dict:
    code = code_version()
    pipeline = Pipeline(recipe=recipe, device=device, origin=origin, code=code)
    identity, meta = pipeline.identity, pipeline.meta
    if origin is None:
        read, tokens = pipeline.generator.readable_part, pipeline.generator.max_tokens
        for line in warn_of_cut_classes(recipe.prompts, num=plan.num, read=read, max_tokens=tokens):
            say(line)
    store = ShardStore(out)
    claim(out, identity, begun=store.begun())
    pending = [shard for shard in plan if not store.is_done(shard, checksums=checksums)]
    left = sum(shard.count for shard in pending)
    if left < plan.num:
        say(f'{plan.num - left} of {plan.num} samples are there already')
    if pending:
        with Progress(total=plan.num, done=plan.num - left) as progress:
            if workers == 1 or len(pending) == 1:
                make_shards(pipeline, pending, store, workers=1, tick=progress.add)
            else:
                del pipeline
                run_workers(
                    recipe,
                    pending,
                    out,
                    device=device,
                    workers=min(workers, len(pending)),
                    origin=origin.root if origin else None,
                    code=code,
                    tick=progress.add,
                )
    dataset = assemble(store, plan, identity=identity, meta=meta, filters=recipe.filters)
    return dataset


def make_shards(
    pipeline: Pipeline, shards: list[Shard], store: ShardStore, *, workers: int, tick: Callable[[int], None]
) -> None:
    """Make ``shards`` one after the other; where the GPU's memory runs out, in smaller batches."""
    batch_size = pipeline.recipe.batch_size
    for shard in shards:
        while True:
            try:
                pipeline.make(shard, store, workers=workers, batch_size=batch_size, tick=tick)
                break
            except torch.OutOfMemoryError:
                if batch_size == 1:
                    raise UserError(
                        'the GPU has too little memory for a batch of one image; use a smaller generator or '
                        'image, or dtype float16'
                    ) from None
                batch_size //= 2
            torch.cuda.empty_cache()


def code_version() -> str:
    """The package's version and, in a git checkout, its commit."""
    root = Path(mmdatasetdm.__file__).parent.parent
    try:
        commit = (
            subprocess.run(
                ['git', '-C', str(root), 'describe', '--always', '--dirty', '--abbrev=10'],
                capture_output=True,
                text=True,
                check=True,
                timeout=10,
            ).stdout.strip()
            if (root / '.git').exists()
            else ''
        )
    except (OSError, subprocess.SubprocessError):
        commit = ''
    return f'{mmdatasetdm.__version__}+{commit}' if commit else mmdatasetdm.__version__
