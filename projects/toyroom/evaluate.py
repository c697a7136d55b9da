"""Judge the built-in generator: what it draws, whether it obeys its prompt, and whether it copies.

  python -m projects.toyroom.evaluate judge --pool DIR --work DIR
      trains the judge, a segmentation model, on many rendered labels
  python -m projects.toyroom.evaluate sheets --out DIR                contact sheets, one a class
  python -m projects.toyroom.evaluate fidelity --work DIR
      share of 500 samples in which the judge finds the prompted classes: prompts that suit this generator (mostly one
      object, and near where it is small), the recipe's prompts, and captions of scenes
  python -m projects.toyroom.evaluate copying --pool DIR --work DIR
      distance to the nearest training image, samples against held-out images

Each prints its numbers and writes them to WORK/evaluation_NAME.json. `copying --num 300` takes 80 s on two cores.
"""

import argparse
import json
import random
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from tqdm import tqdm

from mmdatasetdm.diffusion import Generator
from mmdatasetdm.generation.prompts import build_prompts
from mmdatasetdm.generation.recipe import load_prompts
from mmdatasetdm.toyroom_captions import CLASSES, caption
from projects.toyroom.judge import found_classes, load_judge, train_judge
from projects.toyroom.pool import pool_images, to_tensor
from projects.toyroom.render import HELD_OUT_SEED
from projects.toyroom.world import World

SAMPLER = dict(scheduler='DPMSolverMultistepScheduler', steps=12)
RECIPE = 'configs/generate/toyroom_semantic.py'
SMALL = ('chair', 'ball', 'vase', 'television', 'dog')
# One object, seldom two; near in every second image, and mostly so where it is small or thin.
SUITED = dict(
    type='toyroom',
    counts=(0.9, 0.1),
    near={name: 0.8 if name in SMALL else 0.5 for name in CLASSES[1:]},
)


def sample(generator: Generator, prompts: list[str], start: int = 0, guidance: float = 3.0) -> torch.Tensor:
    parts = []
    for at in tqdm(range(0, len(prompts), 25), unit='batch'):
        some = prompts[at : at + 25]
        parts.append(
            generator.decode_latents(
                generator.sample(
                    some, seeds=list(range(start + at, start + at + len(some))), guidance=guidance, **SAMPLER
                )
            )
        )
    return torch.cat(parts)


def to_uint8(images: torch.Tensor) -> np.ndarray:
    return ((images.permute(0, 2, 3, 1) + 1) * 127.5).round().clamp(0, 255).byte().numpy()


def grid(images: np.ndarray, columns: int) -> Image.Image:
    rows = [
        np.concatenate(list(images[i : i + columns]), 1) for i in range(0, len(images) - len(images) % columns, columns)
    ]
    return Image.fromarray(np.concatenate(rows))


def sheets(args: argparse.Namespace) -> None:
    generator, words = Generator.load(args.generator), random.Random(0)
    args.out.mkdir(parents=True, exist_ok=True)
    for name in CLASSES[1:]:
        prompts = [caption([(name, None)], 'room' if i < 20 else 'street', words, synonyms=0) for i in range(24)]
        grid(to_uint8(sample(generator, prompts, start=1000)), 8).save(args.out / f'{name}.png')


def scenes(num: int, seed: int) -> list:
    world = World(seed=seed)
    return [world.scene(i, labels=False) for i in tqdm(range(num), unit='scene')]


def fidelity(args: argparse.Namespace) -> dict:
    """Of three sets of prompts: those that suit the generator, those of the recipe, and captions of held-out scenes, of
    up to four objects and in either style. Of the last the same judge gives the ceiling: what it finds in the
    renderings themselves.
    """
    judge, generator = load_judge(args.work), Generator.load(args.generator)
    real = scenes(args.num, HELD_OUT_SEED)
    of_scenes = [{n for n, _ in s.objects} for s in real]
    sets = dict(
        renderings=(of_scenes, lambda: to_tensor(np.stack([s.image for s in real]))),
        captions=(of_scenes, lambda: sample(generator, [s.caption for s in real], guidance=args.guidance)),
    )
    for kind, source in dict(suited=build_prompts(SUITED, seed=0), recipe=load_prompts(RECIPE)).items():
        prompts = [source(i) for i in range(args.num)]
        sets[kind] = (
            [set(p.classes) for p in prompts],
            lambda texts=tuple(p.text for p in prompts): sample(generator, list(texts), guidance=args.guidance),
        )
    result = {}
    for kind, (wanted, images) in sets.items():
        found = found_classes(judge, images())
        result[kind] = dict(
            all_found=np.mean([w <= f for w, f in zip(wanted, found, strict=True)]),
            class_recall=sum(len(w & f) for w, f in zip(wanted, found, strict=True)) / sum(map(len, wanted)),
            class_precision=sum(len(w & f) for w, f in zip(wanted, found, strict=True)) / max(1, sum(map(len, found))),
            per_class={
                n: round(np.mean([n in f for w, f in zip(wanted, found, strict=True) if n in w]), 3)
                for n in CLASSES[1:]
            },
            by_count={
                k: round(np.mean([w <= f for w, f in zip(wanted, found, strict=True) if len(w) == k]), 3)
                for k in sorted({len(w) for w in wanted})
            },
        )
    return result


def copying(args: argparse.Namespace) -> dict:
    """Distances between images averaged to 16 x 16 (root mean square over pixels, 0 to 255)."""

    def small(x: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(x.reshape(len(x), 16, 8, 16, 8, 3).mean((2, 4), dtype=np.float32).reshape(len(x), -1))

    pool = pool_images(args.pool)
    train = torch.cat([small(pool[i : i + 1000]) for i in range(0, len(pool), 1000)])
    mirrored = train.view(-1, 16, 16, 3).flip(2).reshape(train.shape)
    real = scenes(args.num, HELD_OUT_SEED)
    generator = Generator.load(args.generator)
    pictures = dict(
        held_out=np.stack([s.image for s in real]), samples=to_uint8(sample(generator, [s.caption for s in real]))
    )
    result, pairs = {}, []
    for kind, images in pictures.items():
        distances = torch.minimum(torch.cdist(small(images), train), torch.cdist(small(images), mirrored)) / 768**0.5
        nearest, at = distances.min(1)
        result[kind] = {f'p{p}': round(float(np.percentile(nearest, p)), 2) for p in (0, 1, 5, 25, 50, 75)}
        if kind == 'samples':
            closest = nearest.argsort()[:12]
            pairs = [image for i in closest for image in (images[i], pool[at[i]])]
    args.work.mkdir(parents=True, exist_ok=True)
    grid(np.stack(pairs), 6).save(args.work / 'nearest_pairs.png')
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('what', choices=['judge', 'sheets', 'fidelity', 'copying'])
    parser.add_argument('--pool', type=Path, default=Path('data/toyroom_pool'))
    parser.add_argument('--work', type=Path, default=Path('work_dirs/toyroom_generator'))
    parser.add_argument('--out', type=Path, default=Path('work_dirs/toyroom_generator/sheets'))
    parser.add_argument('--generator', default='toyroom')
    parser.add_argument('--num', type=int, default=500)
    parser.add_argument('--guidance', type=float, default=3.0)
    parser.add_argument('--steps', type=int, default=2500, help='of the judge')
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    if args.what == 'judge':
        train_judge(args)
    elif args.what == 'sheets':
        sheets(args)
    else:
        result = dict(fidelity=fidelity, copying=copying)[args.what](args)
        text = json.dumps(result, indent=1)
        (args.work / f'evaluation_{args.what}.json').write_text(text)
        print(text)


if __name__ == '__main__':
    main()
