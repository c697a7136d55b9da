"""Whatever a data set says, it is shown as text."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import ClassVar

from mmdatasetdm import visualization
from mmdatasetdm.generation import dataset_info, records
from mmdatasetdm.visualization import write_report
from tests.visualization.conftest import samples_of

EVIL = '"><script>alert(1)</script><img src=x onerror="alert(2)">\u2028\''


def hostile(value):
    """Every text in a JSON value, keys too, with markup in it; names of files and what is chosen from stay."""
    if isinstance(value, str):
        return value + EVIL
    if isinstance(value, list):
        return [hostile(one) for one in value]
    if isinstance(value, dict):
        keep = ('files', 'failed')
        known = {'fractions', 'ignored', 'confidence', *json_keys()}
        return {
            (key if key in known else key + EVIL): (one if key in keep else hostile(one)) for key, one in value.items()
        }
    return value


def json_keys() -> set[str]:
    """The keys that the formats have themselves."""
    kinds = [records.ManifestLine, records.SampleRecord]
    names = ('DatasetInfo', 'RecipeUsed', 'FilterCount', 'Throughput', 'SamplerUsed', 'DecoderUsed', 'ClassCount')
    kinds += [getattr(dataset_info, name) for name in names]
    return {key for kind in kinds for key in kind.__annotations__} | {
        'instance',
        'pose',
        'depth',
        'semantic',
        'min_fraction',
    }


def test_nothing_in_a_data_set_is_markup(root, tmp_path):
    lines = [hostile(json.loads(line)) for line in (root / 'manifest.jsonl').read_text().splitlines()]
    (root / 'manifest.jsonl').write_text(''.join(json.dumps(line) + '\n' for line in lines))
    dataset = hostile(json.loads((root / 'dataset.json').read_text()))
    dataset['warnings'] = [EVIL]
    (root / 'dataset.json').write_text(json.dumps(dataset))
    results = tmp_path / 'results.json'
    results.write_text(json.dumps({f'real{EVIL}': {f'mIoU{EVIL}': 40.1}}))
    page = write_report(root, tmp_path / 'page', samples=6, results=results)
    text = page.read_text()
    assert text.count('&lt;script&gt;alert(1)') > 15, 'it is said'
    assert text.count('<script') == 2 and '<img' not in text and 'onerror="' not in text
    assert '\\u003cscript' in text, 'names for the script'
    assert all(EVIL in sample['prompt'] for sample in samples_of(page)), 'it is plain text in the script'

    class Page(HTMLParser):
        found: ClassVar[list] = []

        def handle_starttag(self, tag, attrs):
            self.found += [(tag, name) for name, _ in attrs if name.startswith('on')]
            self.found += [(tag, value) for name, value in attrs if name == 'src' and not re.match(r'img/\d', value)]

    Page().feed(text)
    assert not Page.found


def test_nothing_in_the_script_makes_markup():
    """Texts of samples reach the page as texts: its script never writes markup or runs a text."""
    script = (Path(visualization.__file__).parent / 'templates/report.js').read_text()
    assert not re.search(
        r'innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|https?://(?!www\.w3\.org)',
        script,
    )
