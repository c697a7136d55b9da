"""The report on a made-up data set: what it says, that it stands alone, and that prompts cannot break it."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmdatasetdm.errors import UserError
from mmdatasetdm.visualization import contact_sheet, overlay, write_report
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
        dropped = f'PromptedClassesFound: not found: {kind}' if i % 4 == 0 else None
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
                filters=[dict(type='PromptedClassesFound', min_share=0.1, dropped=10, reasons={'not found: cat': 10})],
                throughput=dict(
                    images_per_second=12.345, seconds=3.2, seconds_per_image=dict(sample=0.1), devices=['CPU']
                ),
                recipe=dict(
                    generator='g00',
                    sampler=dict(scheduler='DDIMScheduler', steps=4, guidance=2.0),
                    decoders=dict(semantic=dict(checkpoint='d00')),
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
            root / line['files']['depth'])
    (root / 'manifest.jsonl').write_text(''.join(json.dumps(line) + '\n' for line in lines))
    text = write_report(root, root / 'report', samples=4).read_text()
    assert all(f'data-view="{view}"' in text for view in ('overlay', 'image', 'mask', 'depth'))
    assert '1.2 to 4.0 m' in text
    drawn = np.asarray(Image.open(root / 'report' / re.search(r'src="(img/[^"]+_depth.jpg)"', text)[1])).astype(int)
    assert drawn[1, :, 0].mean() > 2 * drawn[-2, :, 0].mean() and drawn[-4, :, 2].mean() > 2 * drawn[1, :, 2].mean()


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


def test_contact_sheet():
    sheet = contact_sheet([np.full((4, 6, 3), i, np.uint8) for i in range(3)], columns=2, gap=1)
    assert sheet.shape == (11, 15, 3)
    assert sheet[1, 1, 0] == 0 and sheet[1, 8, 0] == 1 and sheet[6, 1, 0] == 2 and sheet[0, 0, 0] == 255
