"""Say how far the built-in generator is: a line a stage."""

import argparse
from pathlib import Path

import torch

from projects.toyroom.pool import SHARD


def progress(work: Path, *, images: int, steps: int, samples: int) -> list[str]:
    """'STAGE: DONE of ALL (PERCENT)' for each of the four stages, from what lies in ``work``.

    Raises:
        RuntimeError: a checkpoint cannot be read.
    """
    shards, latents = (SHARD * len(list(work.glob(names))) for names in ('pool/images_*.npz', 'latents_*.npy'))
    counts = [('renderings', shards, images)]
    for name, key, total in (('autoencoder', 'step', steps), ('diffusion', 'seen', samples)):
        path = work / f'{name}.pt'
        done = torch.load(path, map_location='cpu', weights_only=True, mmap=True)[key] if path.exists() else 0
        counts.append((f'{name}, {"steps" if key == "step" else "samples"}', done, total))
    counts.insert(2, ('latents', latents, images))
    return [f'{name}: {done} of {total} ({done / total:.0%})' for name, done, total in counts]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--work', type=Path, default=Path('work_dirs/toyroom'))
    for name, default in (('images', 48000), ('steps', 13000), ('samples', 3_000_000)):
        parser.add_argument(f'--{name}', type=int, default=default)
    args = parser.parse_args()
    for line in progress(args.work, images=args.images, steps=args.steps, samples=args.samples):
        print(line)


if __name__ == '__main__':
    main()
