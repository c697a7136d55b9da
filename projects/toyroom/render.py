"""Render the ToyRoom world.

`python -m projects.toyroom.render pool --out DIR --num 48000` renders what the generator is trained on (images,
captions; and, in files of their own, masks for the checks of `evaluate.py`): about 50 ms an image on one core, 40
minutes in all, in shards of 500, each written whole, so a second call goes on where the first stopped. Every fifth
image is a close-up, whose caption begins with "near".

`python -m projects.toyroom.render labelled` makes the labelled sets that the package ships (about a minute). The two
draw from different seeds: no labelled, validation or test image is among the generator's training images.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from pycocotools import mask as rle
from tqdm import tqdm

from mmdatasetdm.engine import launch
from mmdatasetdm.toyroom.captions import CLASSES, PALETTE
from projects.toyroom.camera import SIZE
from projects.toyroom.pool import SHARD
from projects.toyroom.world import MAX_DEPTH, POOL_FREQUENCY, Scene, World

POOL_SEED, TRAIN_SEED, VAL_SEED, TEST_SEED, STREET_SEED, HELD_OUT_SEED, PEOPLE_SEED = 1, 2, 3, 4, 5, 6, 8
JOINTS = [
    'nose',
    *(
        f'{side}_{name}'
        for name in ('eye', 'ear', 'shoulder', 'elbow', 'wrist', 'hip', 'knee', 'ankle')
        for side in ('left', 'right')
    ),
]
SKELETON = [
    [16, 14],
    [14, 12],
    [17, 15],
    [15, 13],
    [12, 13],
    [6, 12],
    [7, 13],
    [6, 7],
    [6, 8],
    [7, 9],
    [8, 10],
    [9, 11],
    [2, 3],
    [1, 2],
    [1, 3],
    [2, 4],
    [3, 5],
    [4, 6],
    [5, 7],
]


def pool(out: Path, num: int, seed: int, first: int = 0) -> None:
    out.mkdir(parents=True, exist_ok=True)
    world = None
    for start in tqdm(range(first, num, SHARD), unit='shard'):
        number = f'{start:06d}'
        path = out / f'images_{number}.npz'
        if path.exists():
            continue
        world = world or World(seed=seed, near_share=0.2, frequency=POOL_FREQUENCY)
        scenes = [world.scene(i, labels=False) for i in range(start, min(start + SHARD, num))]
        np.savez_compressed(out / f'labels_{number}.npz', semantic=np.stack([s.semantic for s in scenes]))
        partial = path.with_name(f'partial_{number}.npz')
        np.savez(
            partial,
            images=np.stack([s.image for s in scenes]),
            captions=np.array([s.caption for s in scenes]),
            classes=np.array([','.join(n for n, _ in s.objects) for s in scenes]),
        )
        partial.rename(path)


def people(out: Path, num: int) -> None:
    """Scenes of people, with box and keypoints of the first, for the keypoint judge; every fifth is a close-up."""
    out.mkdir(parents=True, exist_ok=True)
    world = World(seed=PEOPLE_SEED, near_share=0.2, frequency=dict(person=1.0))
    for start in tqdm(range(0, num, SHARD), unit='shard'):
        path = out / f'people_{start:06d}.npz'
        if path.exists():
            continue
        images, boxes, keypoints = [], [], []
        for i in range(start, min(start + SHARD, num)):
            scene = world.scene(i)
            ys, xs = np.nonzero(scene.instance == 1)
            images.append(scene.image)
            boxes.append([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1])
            keypoints.append(scene.keypoints[0])
        partial = path.with_name(f'partial_people_{start:06d}.npz')
        np.savez(partial, images=np.stack(images), boxes=np.array(boxes), keypoints=np.stack(keypoints))
        partial.rename(path)


def nested_order(scenes: list[Scene]) -> list[int]:
    """The order of the labelled pool: the first 10 images show every class, the first 20 show each twice where
    possible.

    Repeatedly take the first remaining image that shows most of the classes still short; then the rest as they come.
    """
    left, order = list(range(len(scenes))), []
    for rounds, until in ((1, 10), (2, 20)):
        while len(order) < until:
            have = [sum(name in {n for n, _ in scenes[i].objects} for i in order) for name in CLASSES[1:]]
            short = {n for n, h in zip(CLASSES[1:], have, strict=True) if h < rounds}
            best = max(left, key=lambda i: (len(short & {n for n, _ in scenes[i].objects}), -i))
            left.remove(best)
            order.append(best)
    return order + left


def _instances(scene: Scene, image_id: int, start: int) -> tuple[list[dict], list[dict]]:
    things, people = [], []
    for number, (name, _) in enumerate(scene.objects):
        mask = scene.instance == number + 1
        code = rle.encode(np.asfortranarray(mask.astype(np.uint8)))
        common = dict(
            id=start + len(things),
            image_id=image_id,
            bbox=[float(v) for v in rle.toBbox(code)],
            area=int(mask.sum()),
            iscrowd=0,
            segmentation=dict(size=[SIZE, SIZE], counts=code['counts'].decode()),
        )
        things.append(dict(common, category_id=CLASSES.index(name)))
        if number in scene.keypoints:
            points = scene.keypoints[number]
            people.append(
                dict(
                    common,
                    category_id=1,
                    num_keypoints=int((points[:, 2] > 0).sum()),
                    keypoints=[round(float(v), 2) for v in points.ravel()],
                )
            )
    return things, people


def _write_coco(path: Path, images: list, annotations: list, categories: list) -> None:
    path.write_text(
        json.dumps(dict(images=images, annotations=annotations, categories=categories), separators=(',', ':'))
    )


def labelled(out: Path) -> None:
    """Write the labelled sets in the formats that the libraries read."""
    for folder in ('JPEGImages', 'SegmentationClass', 'Depth', 'ImageSets/Segmentation', 'Annotations'):
        (out / folder).mkdir(parents=True, exist_ok=True)
    (out / 'classes.txt').write_text('\n'.join(CLASSES) + '\n')
    palette = [v for colour in PALETTE for v in colour] + [0] * (765 - 3 * len(PALETTE)) + [255, 255, 255]
    captions = []
    for split, seed, num, street in (
        ('train', TRAIN_SEED, 200, 0.0),
        ('val', VAL_SEED, 100, 0.0),
        ('test', TEST_SEED, 300, 0.0),
        ('test_street', STREET_SEED, 200, 1.0),
    ):
        world = World(seed=seed, street_share=street)
        scenes = [world.scene(i) for i in tqdm(range(num), desc=split)]
        if split == 'train':
            scenes = [scenes[i] for i in nested_order(scenes)]
        names = [f'{split}_{i:04d}' for i in range(num)]
        images, things, people = [], [], []
        for i, (name, scene) in enumerate(zip(names, scenes, strict=True)):
            Image.fromarray(scene.image).save(out / 'JPEGImages' / f'{name}.jpg', quality=95, subsampling=0)
            mask = Image.fromarray(scene.semantic, 'P')
            mask.putpalette(palette)
            mask.save(out / 'SegmentationClass' / f'{name}.png', optimize=True)
            depth = np.where(scene.depth < MAX_DEPTH, scene.depth * 1000, 0).round().astype(np.uint16)
            Image.fromarray(depth).save(out / 'Depth' / f'{name}.png', optimize=True)
            images.append(dict(id=i + 1, file_name=f'{name}.jpg', width=SIZE, height=SIZE))
            of_things, of_people = _instances(scene, i + 1, len(things) + 1)
            things += of_things
            people += of_people
            captions.append(dict(id=name, caption=scene.caption, classes=[n for n, _ in scene.objects]))
        sets = [(f'train_{n}', n) for n in (10, 20, 50, 100, 200)] if split == 'train' else [(split, num)]
        for list_name, n in sets:
            (out / 'ImageSets/Segmentation' / f'{list_name}.txt').write_text('\n'.join(names[:n]) + '\n')
            categories = [dict(id=c, name=CLASSES[c]) for c in range(1, len(CLASSES))]
            _write_coco(
                out / 'Annotations' / f'instances_{list_name}.json',
                images[:n],
                [a for a in things if a['image_id'] <= n],
                categories,
            )
            _write_coco(
                out / 'Annotations' / f'person_keypoints_{list_name}.json',
                images[:n],
                [a for a in people if a['image_id'] <= n],
                [dict(id=1, name='person', keypoints=JOINTS, skeleton=SKELETON)],
            )
    (out / 'captions.jsonl').write_text(''.join(json.dumps(c) + '\n' for c in captions))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest='command', required=True)
    sub = commands.add_parser('pool', help='images and captions for the generator')
    sub.add_argument('--out', type=Path, default=Path('work_dirs/toyroom/pool'))
    sub.add_argument('--num', type=int, default=48000)
    sub.add_argument(
        '--first', type=int, default=0, help=f'a multiple of {SHARD}: one process may render up to N, another from N on'
    )
    sub.add_argument(
        '--seed', type=int, default=POOL_SEED, help=f'{HELD_OUT_SEED} renders held-out images for evaluate.py'
    )
    sub = commands.add_parser('people', help='people with their keypoints, for the keypoint judge of evaluate.py')
    sub.add_argument('--out', type=Path, default=Path('work_dirs/toyroom/people'))
    sub.add_argument('--num', type=int, default=6000)
    sub = commands.add_parser('labelled', help='the labelled sets of the package')
    sub.add_argument('--out', type=Path, default=Path('mmdatasetdm/assets/toyroom/data'))
    args = parser.parse_args()
    if args.command == 'pool':
        pool(args.out, args.num, args.seed, args.first)
    elif args.command == 'people':
        people(args.out, args.num)
    else:
        labelled(args.out)


if __name__ == '__main__':
    sys.exit(launch.run_tool(main))
