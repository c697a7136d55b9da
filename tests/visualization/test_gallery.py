"""What the page shows of each sample."""

import json

import numpy as np
from PIL import Image

from mmdatasetdm.visualization import gallery, write_report
from mmdatasetdm.visualization.gallery import choose
from tests.visualization.conftest import CLASSES, samples_of


def test_gallery_shows_rare_classes(root):
    selected, dropped = choose(root, CLASSES, 6)
    assert len(selected) == 6 and {5, 30} <= {record.id for record in selected}
    assert {record.id % 4 for record in dropped} == {0}
    assert choose(root, CLASSES, 6) == (selected, dropped), 'repeatable'


def test_every_sample_is_listed(every_kind, monkeypatch):
    monkeypatch.setattr(gallery, 'CHUNK', 16)
    page = write_report(every_kind, every_kind / 'report', samples=6)
    samples = samples_of(page)
    assert [sample['id'] for sample in samples] == list(range(40)) and len(
        list((page.parent / 'samples').iterdir())
    ) == 3
    assert sum(bool(sample['layers']) for sample in samples) == 6 + 10, 'the chosen ones, and the dropped'
    seven = samples[7]
    assert seven['prompt'] == 'a <b>cat</b> & co' and seven['classes'] == {'cat': 1.0} and seven['dropped'] is None
    assert seven['scores']['semantic.confidence'] == 0.9 and seven['scores']['depth.nearest'] == 2.0
    assert seven['image'] == '../JPEGImages/00000007.png'
    assert samples[4]['dropped'].endswith('not found: cat')


def test_all_can_be_drawn(every_kind):
    page = write_report(every_kind, every_kind / 'report', samples=None)
    for sample in samples_of(page):
        assert [path.rpartition('_')[2] for path in sample['layers']] == [
            'masks.png',
            'instances.png',
            'keypoints.svg',
            'depth.jpg',
        ]
        masks = np.asarray(Image.open(page.parent / sample['layers'][0]))
        assert masks.shape == (32, 32, 4) and masks[0, 0].tolist() == (
            [0, 0, 255, 128] if sample['id'] in (5, 30) else [255, 0, 0, 128]
        )
    drawing = (page.parent / 'img/00000007_keypoints.svg').read_text()
    assert drawing.count('<circle') == 2 and drawing.count('<path') == 1 and 'M4.5 4.5L24.5 24.5' in drawing


def test_depth_goes_from_red_to_blue(every_kind):
    path = every_kind / 'Depth/00000005.png'
    Image.fromarray(np.linspace(1000, 4000, 1024).reshape(32, 32).astype(np.uint16)).save(path)
    page = write_report(every_kind, every_kind / 'report', samples=None)
    drawn = np.asarray(Image.open(page.parent / 'img/00000005_depth.jpg')).astype(int)
    assert drawn[1, :, 0].mean() > 2 * drawn[-2, :, 0].mean() and drawn[-4, :, 2].mean() > 2 * drawn[1, :, 2].mean()


def test_a_failed_sample_has_no_image(root):
    lines = [json.loads(line) for line in (root / 'manifest.jsonl').read_text().splitlines()]
    lines[3].update(files={}, scores=None, failed='a NaN', selected=False, dropped='failed: a NaN')
    (root / 'manifest.jsonl').write_text(''.join(json.dumps(line) + '\n' for line in lines))
    failed = samples_of(write_report(root, root / 'report'))[3]
    assert failed['image'] is None and not failed['layers'] and failed['dropped'] == 'failed: a NaN'
