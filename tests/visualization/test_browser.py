"""The page in a browser, where there is one: what its script makes of the samples, from files alone."""

import re
import shutil
import subprocess

import pytest

from mmdatasetdm.visualization import write_report

BROWSER = next(filter(None, map(shutil.which, ('chromium', 'chromium-browser', 'google-chrome'))), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason='there is no Chromium')


@pytest.mark.parametrize(
    ('address', 'numbers'),
    [
        ('', [i for i in range(40) if i % 4]),
        ('#q=DOG', [5, 30]),
        ('#q=%23+7', []),
        ('#q=%237', [7]),
        ('#class=dog&sort=id&down=1', [30, 5]),
        ('#status=rule:ClassRecall&q=cat', [i for i in range(40) if not i % 4]),
    ],
)
def test_search_filter_and_order(every_kind, tmp_path, address, numbers):
    page = write_report(every_kind, every_kind / 'report')
    options = [
        '--headless=new',
        '--no-sandbox',
        '--disable-gpu',
        f'--user-data-dir={tmp_path / "browser"}',
        '--dump-dom',
    ]
    done = subprocess.run(
        [BROWSER, *options, f'{page.as_uri()}{address}'], capture_output=True, text=True, timeout=120, check=True
    )
    assert [
        int(number) for number in re.findall(r'<span class="soft">#(\d+)', done.stdout.partition('id="gallery"')[2])
    ] == numbers
    assert '<b>cat</b>' not in done.stdout, 'prompts are texts'
