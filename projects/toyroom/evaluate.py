"""Judge the built-in generator: what it draws, whether it obeys its prompt, and whether it copies.

  python -m projects.toyroom.evaluate judge --pool DIR --work DIR
      trains the judge, a segmentation model, on many rendered labels
  python -m projects.toyroom.evaluate keypoint-judge --pool PEOPLE --work DIR
      trains the keypoint judge on what `render people` left
  python -m projects.toyroom.evaluate autoencoder                  PSNR on the 300 test images
  python -m projects.toyroom.evaluate sheets --out DIR             contact sheets: one a class, and one of 144 prompts
  python -m projects.toyroom.evaluate fidelity --work DIR
      share of 500 samples in which the judge finds the prompted classes: prompts that suit this generator (mostly one
      object, and near where it is small), the recipe's prompts, and captions of scenes
  python -m projects.toyroom.evaluate people --work DIR
      persons in whom the keypoint judge sees at least 13 of 17 keypoints surely, samples and renderings
  python -m projects.toyroom.evaluate distribution --work DIR
      Frechet distance in the judge's features, samples to renderings, over renderings to renderings
  python -m projects.toyroom.evaluate copying --pool DIR --work DIR
      distance to the nearest training image, samples against held-out images

Each prints its numbers and writes them to WORK/evaluation_NAME.json. `copying --num 300` takes 80 s on two cores.
"""

import argparse
import json
import random
import sys
from pathlib import Path

import numpy as np
import scipy.linalg
import torch
from diffusers import AutoencoderKL
from mmengine.config import Config, DictAction
from PIL import Image
from tqdm import tqdm

from mmdatasetdm.diffusion import DiffusionModel
from mmdatasetdm.engine import launch
from mmdatasetdm.generation.prompts.base import build_prompts
from mmdatasetdm.generation.recipe import load_prompts
from mmdatasetdm.toyroom.captions import CLASSES, caption
from mmdatasetdm.toyroom.paths import TOYROOM_DATA, TOYROOM_GENERATOR
from projects.toyroom.autoencoder import psnr
from projects.toyroom.judge import found_classes, load_judge, train_judge
from projects.toyroom.keypoint_judge import load_keypoint_judge, mask_box, sure_keypoints, train_keypoint_judge
from projects.toyroom.pool import pool_images, to_tensor
from projects.toyroom.render import HELD_OUT_SEED
from projects.toyroom.world import World

RECIPE = 'configs/generate/toyroom_semantic.py'  # its prompts, scheduler, steps and guidance are judged
SMALL = ('chair', 'ball', 'vase', 'television', 'dog')
# One object, seldom two; near in every second image, and mostly so where it is small or thin.
SUITED = dict(
    type='toyroom',
    counts=(0.9, 0.1),
    near={name: 0.8 if name in SMALL else 0.5 for name in CLASSES[1:]},
)


def generator_folder(name: str) -> Path:
    """The folder of a generator; 'toyroom' is the one that ships."""
    return TOYROOM_GENERATOR if name == 'toyroom' else Path(name)


def sample(generator: DiffusionModel, prompts: list[str], sampler: dict, start: int = 0) -> torch.Tensor:
    """Images (B, 3, 128, 128) in [-1, 1] of (B) prompts and the seeds from ``start`` on."""
    parts = []
    for at in tqdm(range(0, len(prompts), 25), unit='batch'):
        some = prompts[at : at + 25]
        parts.append(
            generator.decode_latents(
                generator.sample(some, seeds=list(range(start + at, start + at + len(some))), **sampler)
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
    generator, words = DiffusionModel.load(args.generator), random.Random(0)
    args.out.mkdir(parents=True, exist_ok=True)
    for name in CLASSES[1:]:
        prompts = [caption([(name, None)], 'room' if i < 20 else 'street', words, synonyms=0) for i in range(24)]
        grid(to_uint8(sample(generator, prompts, args.sampler, start=1000)), 8).save(args.out / f'{name}.png')


def contact_sheet(args: argparse.Namespace) -> None:
    """144 samples of the recipe's prompts, unpicked, and their prompts in a text file beside them."""
    source = load_prompts(RECIPE)
    prompts = [source(i).text for i in range(144)]
    images = to_uint8(sample(DiffusionModel.load(args.generator), prompts, args.sampler))
    grid(images, 12).save(args.out / 'contact_sheet.png')
    lines = [f'{i // 12 + 1:2d},{i % 12 + 1:2d}  {text}' for i, text in enumerate(prompts)]
    (args.out / 'contact_sheet.txt').write_text('row,column  prompt\n' + '\n'.join(lines) + '\n')


def scenes(num: int, seed: int, first: int = 0, **options) -> list:
    world = World(seed=seed, **options)
    return [world.scene(i, labels=False) for i in tqdm(range(first, first + num), unit='scene')]


def autoencoder(args: argparse.Namespace) -> dict:
    """How well the autoencoder reconstructs the test images."""
    ids = (TOYROOM_DATA / 'ImageSets/Segmentation/test.txt').read_text().split()
    images = np.stack([np.asarray(Image.open(TOYROOM_DATA / f'JPEGImages/{i}.jpg')) for i in ids])
    net = AutoencoderKL.from_pretrained(generator_folder(args.generator), subfolder='vae', torch_dtype=torch.float32)
    return dict(images=len(images), psnr=round(psnr(net.eval(), images), 2))


def people(args: argparse.Namespace) -> dict:
    """Share of persons in whom at least 13 keypoints are seen surely, of prompts and of renderings with one person.

    The box of a person is that of the judge's person pixels; where there are none, no keypoint is seen.
    """
    judge, keypoint_judge = load_judge(args.work), load_keypoint_judge(args.work)
    words = random.Random(0)
    prompts = [caption([('person', None)], 'room', words, near=i % 5 == 0) for i in range(args.num)]
    real = [s for s in scenes(4 * args.num, HELD_OUT_SEED, frequency=dict(person=1.0)) if len(s.objects) == 1]
    images = dict(
        renderings=to_tensor(np.stack([s.image for s in real[: args.num]])),
        samples=sample(DiffusionModel.load(args.generator), prompts, args.sampler),
    )
    result = {}
    for kind, batch in images.items():
        masks = torch.cat([judge(some).argmax(1) == CLASSES.index('person') for some in batch.split(25)])
        boxes = [mask_box(mask) for mask in masks]
        found = [i for i, box in enumerate(boxes) if box is not None]
        seen = sure_keypoints(keypoint_judge, batch[found], torch.stack([boxes[i] for i in found]))
        result[kind] = dict(
            persons=len(batch),
            at_least_13=round(int((seen >= 13).sum()) / len(batch), 3),
            mean_keypoints=round(int(seen.sum()) / len(batch), 2),
        )
    result['share'] = round(result['samples']['at_least_13'] / result['renderings']['at_least_13'], 3)
    return result


def frechet(first: np.ndarray, second: np.ndarray) -> float:
    """The Frechet distance of two sets of features (N, D) as if both were normally distributed."""
    (mean1, cov1), (mean2, cov2) = ((x.mean(0), np.cov(x.T)) for x in (first, second))
    root = scipy.linalg.sqrtm(cov1 @ cov2).real
    return float(((mean1 - mean2) ** 2).sum() + np.trace(cov1 + cov2 - 2 * root))


def distribution(args: argparse.Namespace) -> dict:
    """Samples of the captions of held-out scenes against other held-out scenes."""
    judge, n = load_judge(args.work), args.num
    real = scenes(2 * n, HELD_OUT_SEED, first=10_000)
    images = dict(
        first=to_tensor(np.stack([s.image for s in real[:n]])),
        second=to_tensor(np.stack([s.image for s in real[n:]])),
        samples=sample(DiffusionModel.load(args.generator), [s.caption for s in real[n:]], args.sampler),
    )
    features = {
        kind: torch.cat([judge.features(some) for some in batch.split(25)]).double().numpy()
        for kind, batch in images.items()
    }
    own = frechet(features['second'], features['first'])
    drawn = frechet(features['samples'], features['first'])
    return dict(renderings=round(own, 4), samples=round(drawn, 4), ratio=round(drawn / own, 2))


def fidelity(args: argparse.Namespace) -> dict:
    """Of three sets of prompts: those that suit the generator, those of the recipe, and captions of held-out scenes, of
    up to four objects and in either style. Of the last the same judge gives the ceiling: what it finds in the
    renderings themselves.
    """
    judge, generator = load_judge(args.work), DiffusionModel.load(args.generator)
    real = scenes(args.num, HELD_OUT_SEED)
    of_scenes = [{n for n, _ in s.objects} for s in real]
    sets = dict(
        renderings=(of_scenes, lambda: to_tensor(np.stack([s.image for s in real]))),
        captions=(of_scenes, lambda: sample(generator, [s.caption for s in real], args.sampler)),
    )
    for kind, source in dict(suited=build_prompts(SUITED, seed=0), recipe=load_prompts(RECIPE)).items():
        prompts = [source(i) for i in range(args.num)]
        sets[kind] = (
            [set(p.classes) for p in prompts],
            lambda texts=tuple(p.text for p in prompts): sample(generator, list(texts), args.sampler),
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
    generator = DiffusionModel.load(args.generator)
    pictures = dict(
        held_out=np.stack([s.image for s in real]),
        samples=to_uint8(sample(generator, [s.caption for s in real], args.sampler)),
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


MEASURES = dict(autoencoder=autoencoder, fidelity=fidelity, people=people, distribution=distribution, copying=copying)
TRAININGS = {'judge': train_judge, 'keypoint-judge': train_keypoint_judge}


@torch.no_grad()
def measure(args: argparse.Namespace) -> None:
    result = MEASURES[args.what](args)
    text = json.dumps(result, indent=1)
    (args.work / f'evaluation_{args.what}.json').write_text(text)
    print(text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('what', choices=[*TRAININGS, 'sheets', *MEASURES])
    parser.add_argument('--pool', type=Path, default=Path('work_dirs/toyroom/pool'))
    parser.add_argument('--work', type=Path, default=Path('work_dirs/toyroom'))
    parser.add_argument('--out', type=Path, default=Path('work_dirs/toyroom/sheets'))
    parser.add_argument('--generator', default='toyroom')
    parser.add_argument('--num', type=int, default=500)
    parser.add_argument(
        '--cfg-options', nargs='+', action=DictAction, default={}, help='of the recipe, as sampler.steps=12'
    )
    parser.add_argument('--steps', type=int, default=2500, help='of a judge')
    args = parser.parse_args()
    recipe = Config.fromfile(RECIPE)
    recipe.merge_from_dict(args.cfg_options)
    args.sampler = recipe.sampler.to_dict()
    args.work.mkdir(parents=True, exist_ok=True)
    if args.what in TRAININGS:
        TRAININGS[args.what](args)
    elif args.what == 'sheets':
        sheets(args)
        contact_sheet(args)
    else:
        measure(args)


if __name__ == '__main__':
    sys.exit(launch.run_tool(main))
