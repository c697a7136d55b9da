"""A made-up data set for the report."""

import json
import re
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
from PIL import Image

from mmdatasetdm.generation.annotators.instance import coco_instance
from mmdatasetdm.generation.records import coco_annotation
from mmdatasetdm.utils.schema import SCHEMA_VERSION
from mmdatasetdm.visualization.layers import LAYERS

CLASSES = ['background', 'cat', 'dog']
PALETTE = [[0, 0, 0], [255, 0, 0], [0, 0, 255]]


@pytest.fixture
def root(tmp_path) -> Path:
    """Forty samples: dogs are in two of them; every fourth is dropped."""
    root = tmp_path / 'made-up'
    for folder in ('JPEGImages', 'SegmentationClass'):
        (root / folder).mkdir(parents=True)
    lines = []
    for i in range(40):
        name, kind = f'{i:08d}', 'dog' if i in (5, 30) else 'cat'
        files = dict(image=f'JPEGImages/{name}.png', semantic=f'SegmentationClass/{name}.png')
        Image.new('RGB', (32, 32), (i, 0, 0)).save(root / files['image'])
        Image.new('L', (32, 32), CLASSES.index(kind)).save(root / files['semantic'])
        dropped = f'ClassRecall: not found: {kind}' if i % 4 == 0 else None
        scores = dict(semantic=dict(fractions={kind: 1.0}, ignored=0.25, confidence=0.9))
        lines.append(
            dict(
                id=i,
                name=name,
                prompt=f'a <b>{kind}</b> & co',
                classes=[kind],
                files=files,
                scores=scores,
                failed=None,
                selected=not dropped,
                dropped=dropped,
                schema_version=SCHEMA_VERSION,
            )
        )
    (root / 'manifest.jsonl').write_text(''.join(json.dumps(line) + '\n' for line in lines))
    per_class = {
        name: dict(prompted=count, images=count, pixel_fraction=count / 30)
        for name, count in zip(CLASSES, (0, 29, 1), strict=True)
    }
    (root / 'dataset.json').write_text(
        json.dumps(
            dict(
                schema_version=SCHEMA_VERSION,
                fingerprint='f00',
                samples=40,
                selected=30,
                failed=0,
                failures={},
                ignored_fraction=0.25,
                mean_confidence=0.9,
                classes=CLASSES,
                palette=PALETTE,
                per_class=per_class,
                code_versions=['1.0'],
                filters=[dict(type='ClassRecall', min_fraction=0.1, dropped=10, reasons={'not found: cat': 10})],
                throughput=dict(
                    images_per_second=12.345, seconds=3.2, seconds_per_image=dict(sample=0.1), devices=['CPU']
                ),
                recipe=dict(
                    generator='g00',
                    sampler=dict(scheduler='DDIMScheduler', steps=4, guidance=2.0),
                    decoders=dict(semantic=dict(checkpoint='d00', background='background')),
                ),
            )
        )
    )
    return root


@pytest.fixture
def every_kind(root) -> Path:
    """The same with depth, an object in the upper left quarter, and one person, of two joints, in samples 7 and 9."""
    quarter = np.zeros((32, 32), bool)
    quarter[:16, :16] = True
    person = dict(category_id=1, bbox=[4, 4, 21, 21], area=441, num_keypoints=2, keypoints=[4, 4, 2, 24, 24, 2])
    (root / 'Depth').mkdir()
    (root / 'shards').mkdir()
    samples, lines = [], []
    for line in map(json.loads, (root / 'manifest.jsonl').read_text().splitlines()):
        persons = [person] if line['id'] in (7, 9) else []
        line['files']['depth'] = f'Depth/{line["name"]}.png'
        Image.fromarray(np.full((32, 32), 2000, np.uint16)).save(root / line['files']['depth'])
        line['scores'].update(
            instance=dict(instances=1, confidence=0.9, agreement=1.0),
            depth=dict(nearest=2.0, median=2.0, farthest=2.0),
            pose=dict(
                persons=len(persons),
                confidence=0.5,
                **(dict(keypoints_outside_mask=0.5, agreement=0.5) if persons else {}),
            ),
        )
        found = [coco_annotation(coco_instance(quarter, category_id=1, score=0.9))]
        record = {key: value for key, value in line.items() if key not in ('selected', 'dropped', 'schema_version')}
        samples.append(dict(record, instances=found, persons=persons))
        lines.append(json.dumps(line) + '\n')
    (root / 'manifest.jsonl').write_text(''.join(lines))
    (root / 'shards/00000.json').write_text(
        json.dumps(
            dict(
                schema_version=SCHEMA_VERSION,
                first=0,
                count=40,
                seconds={},
                workers=1,
                device='CPU',
                code='1.0',
                files={},
                samples=samples,
            )
        )
    )
    dataset = json.loads((root / 'dataset.json').read_text())
    dataset.update(
        instances=30, agreement=1.0, persons=2, keypoint_agreement=0.5, keypoints_outside_mask=0.5, skeleton=[[1, 2]]
    )
    dataset['recipe'].update(shard_size=64)
    dataset['recipe']['decoders'].update(pose=dict(checkpoint='p00', mask='keep'))
    (root / 'dataset.json').write_text(json.dumps(dataset))
    return root


def samples_of(page: Path) -> list[dict]:
    """What a page shows of each sample, as its script gets it."""
    samples = []
    for script in re.findall(r'"(samples/[^"]+\.js)"', page.read_text()):
        call = re.fullmatch(r'addSamples\((".*")\);\n', (page.parent / script).read_text('ascii'))
        chunk = json.loads(json.loads(call[1]))
        for number, prompt, image, layers, classes, scores, dropped in chunk['rows']:
            samples.append(
                dict(
                    id=number,
                    prompt=prompt,
                    image=image,
                    layers=[f'img/{number:08d}_{layer}{LAYERS[layer]}' for layer in layers],
                    classes={chunk['classes'][index]: fraction for index, fraction in classes},
                    scores=dict(zip(chunk['scores'], scores, strict=False)),
                    dropped=dropped,
                )
            )
    return samples


def files_of(page: Path) -> set[Path]:
    """Every file that a page reads."""
    named = set(re.findall(r'(?:src|href)="([^"]+)"', page.read_text()))
    for sample in samples_of(page):
        named |= {*sample['layers'], *([sample['image']] if sample['image'] else [])}
    return {(page.parent / unquote(name)).resolve() for name in named}
