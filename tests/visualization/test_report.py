"""The report on a made-up data set: what it says, that it stands alone, and that a failure leaves the old one whole."""

import re

import numpy as np
import pytest
from PIL import Image

from mmdatasetdm.errors import UserError
from mmdatasetdm.visualization import write_report
from mmdatasetdm.visualization.overlay import INSTANCE_COLOURS
from mmdatasetdm.visualization.pictures import GAP, HEIGHT, TITLE
from tests.visualization.conftest import files_of, samples_of


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
    assert all(file.is_file() for file in files_of(page)), 'relative, and there'
    assert not re.search(r'https?://(?!www\.w3\.org)', text), 'nothing from elsewhere'


def test_every_kind_of_label_is_a_view(every_kind):
    text = write_report(every_kind, every_kind / 'report', samples=4).read_text()
    assert all(f'data-view="{view}"' in text for view in ('masks', 'instances', 'keypoints', 'depth', 'image'))
    assert '2.0 to 2.0 m' in text


def test_all_labels_of_one_image(every_kind):
    page = write_report(every_kind, every_kind / 'report', samples=4)
    text = page.read_text()
    assert text.index('href="all_labels.png"') < text.index('>Samples</h2>')
    assert '#7 · ignored 25.0%' in text and '1 person, 50% of the keypoints outside' in text, 'the first with a person'
    assert '<b>2</b><span>persons, 50.0% of their keypoints outside of the masks</span>' in text
    assert 'src="img/00000007_keypoints.svg"' in text and 'src="../JPEGImages/00000007.png"' in text
    drawn = np.asarray(Image.open(page.parent / 'all_labels.png')).astype(int)
    assert drawn.shape == (HEIGHT + TITLE + GAP, 5 * (HEIGHT + GAP) + GAP, 3)

    def pixel(panel: int, x: float, y: float) -> list[int]:
        return drawn[TITLE + int(y * HEIGHT), GAP + panel * (HEIGHT + GAP) + int(x * HEIGHT)].tolist()

    image = [7, 0, 0]
    assert pixel(0, 0.5, 0.5) == image
    assert pixel(1, 0.5, 0.5) == [131, 0, 0], 'half of the colour of cats'
    assert np.abs(np.subtract(pixel(2, 0.25, 0.25), np.add(image, INSTANCE_COLOURS[0]) / 2)).max() <= 1
    assert pixel(2, 0.75, 0.75) == image
    assert len({tuple(pixel(3, x, x)) for x in (0.2, 0.8)}) == 1
    assert pixel(4, 0.9, 0.1) == image
    assert np.abs(np.subtract(pixel(4, 14.5 / 32, 14.5 / 32), INSTANCE_COLOURS[0])).max() < 60, 'the bone'


def test_all_labels_of_the_image_that_is_asked_for(every_kind):
    assert '#8 · ' in write_report(every_kind, every_kind / 'report', samples=1, sample=8).read_text()
    with pytest.raises(UserError, match='has no sample 40; it has 40, and some'):
        write_report(every_kind, every_kind / 'report', sample=40)


def test_one_kind_of_label_is_not_drawn_twice(root):
    page = write_report(root, root / 'report', samples=1)
    assert 'all_labels' not in page.read_text() and not (root / 'report/all_labels.png').exists()


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
    assert {path.resolve() for path in (page.parent / 'img').iterdir()} <= files_of(page)
    assert len(list((page.parent / 'samples').iterdir())) == 1


def test_unfinished(tmp_path):
    with pytest.raises(UserError, match=r'has no dataset.json: it is not a generated data set'):
        write_report(tmp_path, tmp_path / 'report')
    (tmp_path / 'recipe.json').write_text('{}')
    with pytest.raises(UserError, match=r'has no dataset.json: its making is not finished'):
        write_report(tmp_path, tmp_path / 'report')


def test_a_sample_of_another_name_is_not_written_elsewhere(root, tmp_path):
    """Names of pictures come from the number of the sample, whatever its line calls it."""
    text = (root / 'manifest.jsonl').read_text()
    (root / 'manifest.jsonl').write_text(re.sub(r'"name": "(\d+)"', r'"name": "../../\1"', text))
    before = {path for path in tmp_path.rglob('*') if 'page' not in path.parts}
    page = write_report(root, tmp_path / 'a/page', samples=6)
    assert {path for path in tmp_path.rglob('*') if 'page' not in path.parts} - before == {tmp_path / 'a'}
    assert all(file.is_file() for file in files_of(page))


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
    mine = [page.parent / 'img/mine.jpg', page.parent / 'samples/mine.js']
    for file in mine:
        file.write_text('mine')
    write_report(root, root / 'report', samples=2)
    assert all(file.read_text() == 'mine' for file in mine)


def test_a_damaged_image_leaves_the_old_page_whole(root):
    page = write_report(root, root / 'report', samples=40)
    before, samples = page.read_text(), samples_of(page)
    (root / 'JPEGImages/00000033.png').write_bytes(b'')
    with pytest.raises(UserError, match=r'00000033\.png is no image, or damaged'):
        write_report(root, root / 'report', samples=40)
    assert page.read_text() == before and samples_of(page) == samples
    assert all(file.is_file() for file in files_of(page))


def test_a_killed_report_is_no_obstacle(root):
    page = root / 'report/index.html'
    page.parent.mkdir()
    page.with_name('index.html.tmp').write_text('<html')
    write_report(root, root / 'report', samples=3)
    assert page.is_file() and not page.with_name('index.html.tmp').exists()
