"""The report on a made-up data set: what it says, that it stands alone, and that prompts cannot break it."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from PIL import Image

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.annotators.instance import coco_object
from mmdatasetdm.generation.storage import documents
from mmdatasetdm.visualization import draw_labels, overlay, side_by_side, write_report
from mmdatasetdm.visualization.labels import GAP, HEIGHT, TITLE, background_of
from mmdatasetdm.visualization.overlay import OBJECT_COLOURS
from mmdatasetdm.visualization.report import choose

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
        scores = dict(shares={kind: 1.0}, ignored=0.25, confidence=0.9)
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
            )
        )
    (root / 'manifest.jsonl').write_text(''.join(json.dumps(line) + '\n' for line in lines))
    per_class = {
        name: dict(prompted=count, images=count, pixel_share=count / 30)
        for name, count in zip(CLASSES, (0, 29, 1), strict=True)
    }
    (root / 'dataset.json').write_text(
        json.dumps(
            dict(
                fingerprint='f00',
                samples=40,
                selected=30,
                failed=0,
                failures={},
                ignored_share=0.25,
                mean_confidence=0.9,
                classes=CLASSES,
                palette=PALETTE,
                per_class=per_class,
                code_versions=['1.0'],
                filters=[dict(type='ClassRecall', min_share=0.1, dropped=10, reasons={'not found: cat': 10})],
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


def test_page(root):
    page = write_report(root, root / 'report', samples=12)
    text = page.read_text()
    for said in (
        'made-up',
        '<b>30</b>',
        'of 40 samples selected',
        '25.0%',
        '12.35',
        'not found: cat (10)',
        'DDIMScheduler, 4 steps',
    ):
        assert said in text, said
    pictures = re.findall(r'src="([^"]+)"', text)
    assert pictures and all((page.parent / path).is_file() for path in pictures), 'relative, and there'
    assert 'http' not in text, 'nothing from elsewhere'
    assert 'a &lt;b&gt;cat&lt;/b&gt; &amp; co' in text and 'a <b>cat' not in text


def test_every_kind_of_label_is_a_view(root):
    lines = [json.loads(line) for line in (root / 'manifest.jsonl').read_text().splitlines()]
    (root / 'Depth').mkdir()
    for line in lines:
        line['files']['depth'] = f'Depth/{line["name"]}.png'
        line['scores']['depth'] = dict(nearest=1.25, median=2.0, farthest=4.0)
        Image.fromarray(np.linspace(1000, 4000, 1024).reshape(32, 32).astype(np.uint16)).save(
            root / line['files']['depth']
        )
    (root / 'manifest.jsonl').write_text(''.join(json.dumps(line) + '\n' for line in lines))
    text = write_report(root, root / 'report', samples=4).read_text()
    assert all(f'data-view="{view}"' in text for view in ('overlay', 'image', 'mask', 'depth'))
    assert '1.2 to 4.0 m' in text
    drawn = np.asarray(Image.open(root / 'report' / re.search(r'src="(img/[^"]+_depth.jpg)"', text)[1])).astype(int)
    assert drawn[1, :, 0].mean() > 2 * drawn[-2, :, 0].mean() and drawn[-4, :, 2].mean() > 2 * drawn[1, :, 2].mean()


@pytest.fixture
def every_kind(root) -> Path:
    """The same with depth, an object in the upper left quarter, and one person, of two joints, in samples 7 and 9."""
    quarter = np.zeros((32, 32), bool)
    quarter[:16, :16] = True
    person = dict(keypoints=[4, 4, 2, 24, 24, 2])
    (root / 'Depth').mkdir()
    (root / 'shards').mkdir()
    samples, lines = [], []
    for line in map(json.loads, (root / 'manifest.jsonl').read_text().splitlines()):
        people = [person] if line['id'] in (7, 9) else []
        line['files']['depth'] = f'Depth/{line["name"]}.png'
        Image.fromarray(np.full((32, 32), 2000, np.uint16)).save(root / line['files']['depth'])
        line['scores'].update(
            instance=dict(objects=1, confidence=0.9, agreement=1.0),
            depth=dict(nearest=2.0, median=2.0, farthest=2.0),
            pose=dict(people=len(people), confidence=0.5, **(dict(outside=0.5, agreement=0.5) if people else {})),
        )
        samples.append(dict(id=line['id'], objects=[coco_object(quarter, category_id=1, score=0.9)], people=people))
        lines.append(json.dumps(line) + '\n')
    (root / 'manifest.jsonl').write_text(''.join(lines))
    (root / 'shards/00000.json').write_text(json.dumps(dict(samples=samples)))
    dataset = json.loads((root / 'dataset.json').read_text())
    dataset.update(objects=30, agreement=1.0, people=2, joint_agreement=0.5, joints_outside=0.5, skeleton=[[1, 2]])
    dataset['recipe'].update(shard_size=64)
    dataset['recipe']['decoders'].update(pose=dict(checkpoint='p00', mask='keep'))
    (root / 'dataset.json').write_text(json.dumps(dataset))
    return root


def test_all_labels_of_one_image(every_kind):
    page = write_report(every_kind, every_kind / 'report', samples=4)
    text = page.read_text()
    assert text.index('src="all_labels.png"') < text.index('<h2>Samples</h2>')
    assert '#7 · ignored 25.0%' in text and '1 person, 50% of their joints outside' in text, 'the first with a person'
    assert '<b>2</b><span>people, 50.0% of visible joints outside of the masks</span>' in text
    drawn = np.asarray(Image.open(page.parent / 'all_labels.png')).astype(int)
    assert drawn.shape == (HEIGHT + TITLE + GAP, 5 * (HEIGHT + GAP) + GAP, 3)

    def pixel(panel: int, x: float, y: float) -> list[int]:
        return drawn[TITLE + int(y * HEIGHT), GAP + panel * (HEIGHT + GAP) + int(x * HEIGHT)].tolist()

    image = [7, 0, 0]
    assert pixel(0, 0.5, 0.5) == image
    assert pixel(1, 0.5, 0.5) == [131, 0, 0], 'half of the colour of cats'
    assert pixel(2, 0.25, 0.25) == [round((a + b) / 2) for a, b in zip(image, OBJECT_COLOURS[0], strict=True)]
    assert pixel(2, 0.75, 0.75) == image
    assert len({tuple(pixel(3, x, x)) for x in (0.2, 0.8)}) == 1
    assert pixel(4, 0.9, 0.1) == image
    assert np.abs(np.subtract(pixel(4, 14.5 / 32, 14.5 / 32), OBJECT_COLOURS[0])).max() < 60, 'the bone'


def test_all_labels_of_the_image_that_is_asked_for(every_kind):
    assert '#8 · ' in write_report(every_kind, every_kind / 'report', samples=1, sample=8).read_text()
    with pytest.raises(UserError, match='has no sample 40; it has 40, and some'):
        write_report(every_kind, every_kind / 'report', sample=40)


def test_one_kind_of_label_is_not_drawn_twice(root):
    page = write_report(root, root / 'report', samples=1)
    assert 'all_labels' not in page.read_text() and not (root / 'report/all_labels.png').exists()


def test_pictures_of_a_large_image_keep_its_size():
    picture = np.zeros((300, 400, 3), np.uint8)
    assert side_by_side(dict(image=picture, depth=picture)).shape == (300 + TITLE + GAP, 2 * (400 + GAP) + GAP, 3)


def test_gallery_shows_rare_classes(root):
    selected, dropped = choose(root, CLASSES, 6)
    assert len(selected) == 6 and {5, 30} <= {record['id'] for record in selected}
    assert {record['id'] % 4 for record in dropped} == {0}
    assert choose(root, CLASSES, 6) == (selected, dropped), 'repeatable'


def test_results(root, tmp_path):
    results = tmp_path / 'results.json'
    results.write_text('{"real": {"mIoU": 40.12, "seeds": [1, 2]}, "both": {"mIoU": 51.0}}')
    text = write_report(root, tmp_path / 'page', results=results).read_text()
    assert '<td>real</td><td class="n">40.1</td>' in text and '<td>both</td><td class="n">51.0</td>' in text
    results.write_text('[1]')
    with pytest.raises(UserError, match=r'is not a results file'):
        write_report(root, tmp_path / 'page', results=results)


def test_a_page_again_leaves_no_old_pictures(root):
    write_report(root, root / 'report', samples=30)
    page = write_report(root, root / 'report', samples=3)
    used = set(re.findall(r'src="img/([^"]+)"', page.read_text()))
    assert {path.name for path in (root / 'report/img').iterdir()} == used


def test_unfinished(tmp_path):
    with pytest.raises(UserError, match=r'has no dataset.json: it is not a generated data set'):
        write_report(tmp_path, tmp_path / 'report')
    (tmp_path / 'recipe.json').write_text('{}')
    with pytest.raises(UserError, match=r'has no dataset.json: its making is not finished'):
        write_report(tmp_path, tmp_path / 'report')


def test_overlay():
    image = np.full((6, 6, 3), 100, np.uint8)
    labels = np.zeros((6, 6), np.uint8)
    labels[:, 3:] = 1
    drawn = overlay(image, labels, PALETTE, opacity=0.5)
    assert drawn[0, 0].tolist() == [100, 100, 100], 'background is clear'
    assert drawn[0, 4].tolist() == [178, 50, 50]
    labels[0, 5] = 255
    assert len(set(overlay(image, labels, PALETTE)[0, 5])) == 1, 'ignored pixels are grey'


EVIL = '"><script>alert(1)</script><img src=x onerror="alert(2)">\u2028\''


def hostile(value):
    """Every text in a JSON value, keys too, with markup in it; names of files and what is chosen from stay."""
    if isinstance(value, str):
        return value + EVIL
    if isinstance(value, list):
        return [hostile(one) for one in value]
    if isinstance(value, dict):
        keep = ('files', 'failed')
        known = {'shares', 'ignored', 'confidence', *json_keys()}
        return {
            (key if key in known else key + EVIL): (one if key in keep else hostile(one)) for key, one in value.items()
        }
    return value


def json_keys() -> set[str]:
    """The keys that the formats have themselves."""
    kinds = [documents.Dataset, documents.ManifestLine, documents.RecipeUsed, documents.FilterCount]
    kinds += [documents.Throughput, documents.SamplerUsed, documents.DecoderUsed, documents.ClassCount]
    return {key for kind in kinds for key in kind.__annotations__} | {
        'instance',
        'pose',
        'depth',
        'semantic',
        'min_share',
    }


def test_nothing_in_a_data_set_is_markup(root, tmp_path):
    lines = [hostile(json.loads(line)) for line in (root / 'manifest.jsonl').read_text().splitlines()]
    (root / 'manifest.jsonl').write_text(''.join(json.dumps(line) + '\n' for line in lines))
    dataset = hostile(json.loads((root / 'dataset.json').read_text()))
    dataset['warnings'] = [EVIL]
    (root / 'dataset.json').write_text(json.dumps(dataset))
    results = tmp_path / 'results.json'
    results.write_text(json.dumps({f'real{EVIL}': {f'mIoU{EVIL}': 40.1}}))
    text = write_report(root, tmp_path / 'page', samples=6, results=results).read_text()
    assert text.count('&lt;script&gt;alert(1)') > 40, 'it is said'
    assert text.count('<script') == 1 and '<img src=x' not in text and 'onerror="' not in text

    class Page(HTMLParser):
        found: ClassVar[list] = []

        def handle_starttag(self, tag, attrs):
            self.found += [(tag, name) for name, _ in attrs if name.startswith('on')]
            self.found += [(tag, value) for name, value in attrs if name == 'src' and not re.match(r'img/\d', value)]

    Page().feed(text)
    assert not Page.found


def test_a_sample_of_another_name_is_not_written_elsewhere(root, tmp_path):
    """Names of pictures come from the number of the sample, whatever its line calls it."""
    text = (root / 'manifest.jsonl').read_text()
    (root / 'manifest.jsonl').write_text(re.sub(r'"name": "(\d+)"', r'"name": "../../\1"', text))
    before = {path for path in tmp_path.rglob('*') if 'page' not in path.parts}
    page = write_report(root, tmp_path / 'a/page', samples=6)
    assert {path for path in tmp_path.rglob('*') if 'page' not in path.parts} - before == {tmp_path / 'a'}
    assert all((page.parent / path).is_file() for path in re.findall(r'src="([^"]+)"', page.read_text()))


def test_a_site_of_the_person_is_left_alone(root, tmp_path):
    site = tmp_path / 'site'
    (site / 'img').mkdir(parents=True)
    for name in ('index.html', 'img/cat.jpg'):
        (site / name).write_text('mine')
    with pytest.raises(UserError, match='is not empty and is no page of this tool; give a new folder'):
        write_report(root, site)
    assert (site / 'index.html').read_text() == (site / 'img/cat.jpg').read_text() == 'mine'


def test_files_beside_the_pictures_stay(root):
    page = write_report(root, root / 'report', samples=3)
    (page.parent / 'img/mine.jpg').write_text('mine')
    write_report(root, root / 'report', samples=2)
    assert (page.parent / 'img/mine.jpg').read_text() == 'mine'


def test_a_damaged_image_leaves_the_old_page_whole(root):
    page = write_report(root, root / 'report', samples=40)
    before = page.read_text()
    (root / 'JPEGImages/00000033.png').write_bytes(b'')
    with pytest.raises(UserError, match=r'00000033\.png is no image, or damaged'):
        write_report(root, root / 'report', samples=40)
    assert page.read_text() == before
    assert all((page.parent / path).is_file() for path in re.findall(r'src="([^"]+)"', before))


def test_a_killed_report_is_no_obstacle(root):
    page = root / 'report/index.html'
    page.parent.mkdir()
    page.with_name('index.html.tmp').write_text('<html')
    write_report(root, root / 'report', samples=3)
    assert page.is_file() and not page.with_name('index.html.tmp').exists()


def test_a_background_that_is_called_otherwise(root):
    path = root / 'dataset.json'
    dataset = json.loads(path.read_text())
    record = json.loads((root / 'manifest.jsonl').read_text().splitlines()[5])  # a dog in every pixel
    assert background_of(dataset) == 'background'
    assert (draw_labels(root, record, dataset)['overlay'] != draw_labels(root, record, dataset)['image']).any()
    dataset['recipe']['decoders']['semantic']['background'] = 'dog'
    drawn = draw_labels(root, record, dataset)
    assert (drawn['overlay'] == drawn['image']).all(), 'it is left clear'
    dataset['recipe']['decoders']['semantic']['background'] = None
    assert background_of(dataset) is None
