"""The page in a browser, where there is one: what its script makes of the samples, from files alone."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from mmdatasetdm.visualization import write_report

BROWSER = next(filter(None, map(shutil.which, ('chromium', 'chromium-browser', 'google-chrome'))), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason='there is no Chromium')


@pytest.mark.parametrize(
    ('address', 'numbers'),
    [
        ('', [i for i in range(40) if i % 4]),
        ('#q=DOG', [5, 30]),
        ('#q=%237', [7]),
        ('#class=dog&sort=id&down=1', [30, 5]),
        ('#status=rule:ClassRecall&q=cat', [i for i in range(40) if not i % 4]),
    ],
)
def test_search_filter_and_order(every_kind, tmp_path, address, numbers):
    page = write_report(every_kind, every_kind / 'report')
    assert shown(f'{page.as_uri()}{address}', tmp_path) == numbers


def test_samples_with_labels_come_first_where_some_have_none(every_kind, tmp_path):
    page = write_report(every_kind, every_kind / 'report', samples=6)
    drawn = {int(path.name[:8]) for path in (page.parent / 'img').iterdir()}
    numbers = shown(page.as_uri(), tmp_path)
    first = next(index for index in range(1, 30) if numbers[index] < numbers[index - 1])
    assert first >= 5 and set(numbers[:first]) <= drawn
    assert numbers[first:] == sorted(numbers[first:]) and sorted(numbers) == [i for i in range(40) if i % 4]


def shown(address: str, folder: Path) -> list[int]:
    """The numbers of the samples on the page, in their order."""
    options = ['--headless=new', '--no-sandbox', '--disable-gpu', f'--user-data-dir={folder / "browser"}', '--dump-dom']
    done = subprocess.run([BROWSER, *options, address], capture_output=True, text=True, timeout=120, check=True)
    assert '<b>cat</b>' not in done.stdout, 'prompts are texts'
    gallery = done.stdout.partition('id="gallery"')[2]
    return [int(number) for number in re.findall(r'<span class="soft">#(\d+)', gallery)]
