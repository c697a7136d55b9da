"""Pages that get the numbers of a study between their marks, from a results.json that a study wrote."""

import json
from pathlib import Path

import pytest
import yaml

from mmdatasetdm.errors import UserError
from mmdatasetdm.study import Study, load_study_config, write_pages
from mmdatasetdm.study.pages import render_pages
from tools import study as tool

ROOT = Path(__file__).parents[2]
COMMAND = (
    'python tools/study.py configs/studies/toyroom_semantic.py --labels 20 --seeds 0 1 --settings real real+synthetic'
)
SCORES = {'real': (20.0, 22.0), 'real+synthetic': (30.0, 34.0)}
NAME = 'deeplabv3plus_r18_1xb8-2k_toyroom'
METAFILE = dict(
    Models=[
        dict(Name=f'{NAME}-{setting}-128x128', Results=[dict(Task='Semantic Segmentation', Dataset='ToyRoom')])
        for setting in ('real', 'real-synthetic', 'synthetic')
    ]
)
PAGE = 'By hand.\n\n<!-- results: semantic* -->\n\nOld: 1.0\n\n<!-- end of results -->\n\nBy hand, too.\n'


@pytest.fixture
def results(tmp_path) -> dict:
    """What a study of two seeds writes."""
    config = load_study_config(ROOT / 'configs/studies/toyroom_semantic.py')
    study = Study(
        config=config, out=tmp_path / 'study', repository=ROOT, labels=(20,), seeds=(0, 1), settings=tuple(SCORES)
    )
    for setting, scores in SCORES.items():
        for seed, score in enumerate(scores):
            folder = study.run('deeplabv3plus', 20, setting, seed)
            folder.mkdir(parents=True)
            run = dict(model='deeplabv3plus', labels=20, setting=setting, seed=seed, seconds=90.0, machine='A, 2 cores')
            run.update(scores=dict(mIoU=score), classes=dict(ball=score))
            (folder / 'result.json').write_text(json.dumps(run))
    for seed in (0, 1):
        decoder, generated = study.decoder(20, seed), study.synthetic(20, seed)
        decoder.mkdir(parents=True)
        (decoder / 'decoder.json').write_text(json.dumps(dict(labels=20, seed=seed, scores=dict(mIoU=40.0 + seed))))
        generated.mkdir(parents=True)
        (generated / 'dataset.json').write_text(json.dumps(dict(samples=2000, selected=1100 + seed)))
    study.write(command=COMMAND)
    return json.loads((study.out / 'results.json').read_text())


@pytest.fixture
def repository(tmp_path, results) -> Path:
    """Pages with marks and those results."""
    root = tmp_path / 'repository'
    folder = root / 'configs/deeplabv3plus'
    for path in (folder, root / 'docs/results'):
        path.mkdir(parents=True)
    (root / 'docs/benchmark.md').write_text(PAGE)
    (root / 'README.md').write_text('A.\n\n<!-- gains: instance semantic -->\nOld.\n<!-- end of gains -->\n\nB.\n')
    (folder / 'README.md').write_text(PAGE.replace('semantic*', '*'))
    (folder / 'metafile.yml').write_text(yaml.safe_dump(METAFILE))
    (root / 'docs/results/semantic.json').write_text(json.dumps(results))
    return root


def test_a_page_says_numbers_command_seeds_and_machine(repository):
    assert len(write_pages(repository)) == 4
    text = (repository / 'docs/benchmark.md').read_text()
    assert text.startswith('By hand.\n') and text.endswith('\nBy hand, too.\n') and 'Old' not in text
    assert '--labels 20' in text and '\n    --settings real real+synthetic\n```' in text  # the command is wrapped
    facts = (
        'Seeds 0, 1; 2,000 generated images; 2,000 iterations of each stock model; '
        'a training and its test took 1.5 minutes (median); A, 2 cores.'
    )
    assert facts in text
    assert '| deeplabv3plus | 20 | mIoU | 21.0 ± 1.4 | 32.0 ± 2.8 | +11.0 ± 1.4 |' in text
    assert '| deeplabv3plus | 20 | real | 21.0 |' in text  # of the classes
    assert 'The decoders themselves, on the validation images: with 20 labels mIoU 40.5 ± 0.7.' in text
    assert 'Of the generated images the filters select, by seed: with 20 labels 1,100, 1,101.' in text
    text = (repository / 'README.md').read_text()
    assert (
        text.startswith('A.\n\n<!-- gains: instance semantic -->\n') and text.endswith('\nB.\n') and 'Old' not in text
    )
    assert '| semantic | 20 | mIoU | 21.0 ± 1.4 | 32.0 ± 2.8 | **+11.0 ± 1.4** |' in text
    text = (repository / 'configs/deeplabv3plus/README.md').read_text()
    assert f'| `{NAME}-*-128x128` | 20 | mIoU | 21.0 ± 1.4 | 32.0 ± 2.8 | +11.0 ± 1.4 |' in text
    assert 'ball' not in text
    models = yaml.safe_load((repository / 'configs/deeplabv3plus/metafile.yml').read_text())['Models']
    assert [model['Results'][0].get('Metrics') for model in models] == [
        {'mIoU 20 labels': 21.0},
        {'mIoU 20 labels': 32.0},
        None,
    ]
    assert write_pages(repository) == []  # up to date


def test_two_files_share_the_marks_and_no_file_changes_nothing(repository, results):
    results.update(decoders=3, command=f'{COMMAND} --decoders 3')
    (repository / 'docs/results/semantic_3.json').write_text(json.dumps(results))
    write_pages(repository)
    text = (repository / 'docs/benchmark.md').read_text()
    assert text.count('| deeplabv3plus | 20 | mIoU |') == 2 and '; 3 averaged decoders;' in text
    metafile = (repository / 'configs/deeplabv3plus/metafile.yml').read_text()
    assert 'mIoU 20 labels 3 decoders: 32.0' in metafile and 'mIoU 20 labels: 32.0' in metafile
    for path in (repository / 'docs/results').iterdir():
        path.unlink()
    assert write_pages(repository) == []


@pytest.mark.parametrize(
    ('file', 'text', 'said'),
    [
        (
            'docs/benchmark.md',
            'No marks.\n',
            r'benchmark.md has no place for docs/results/semantic.json: put the lines',
        ),
        ('docs/benchmark.md', PAGE.replace('<!-- end of results -->', ''), r'needs a line `<!-- end of results -->`'),
        ('docs/results/semantic.json', '{', r'semantic.json is not a study.s results.json of today'),
        ('docs/results/semantic.json', '{"task": "semantic"}', r"results.json of today \(KeyError\('metrics'\)\)"),
    ],
)
def test_mistakes_leave_every_page(repository, monkeypatch, capsys, file, text, said):
    (repository / file).write_text(text)
    before = {path: path.read_text() for path in repository.rglob('*.*') if path.is_file()}
    with pytest.raises(UserError, match=said):
        write_pages(repository)
    monkeypatch.setattr(tool, 'REPOSITORY', repository)
    assert tool.main(['--report']) == 2 and capsys.readouterr().err.startswith('error: ')
    assert {path: path.read_text() for path in repository.rglob('*.*') if path.is_file()} == before


def test_the_tool_names_the_pages_that_it_wrote(repository, monkeypatch, capsys):
    monkeypatch.setattr(tool, 'REPOSITORY', repository)
    assert tool.main(['--report']) == 0
    assert 'docs/benchmark.md\nconfigs/deeplabv3plus/README.md\n' in capsys.readouterr().out
    assert tool.main(['--report']) == 0
    assert 'every page is up to date' in capsys.readouterr().out
    with pytest.raises(SystemExit):
        tool.main(['configs/studies/toyroom_depth.py', '--report'])


def test_the_command_is_as_typed_without_the_folder_of_the_checkout():
    words = [f'{tool.REPOSITORY}/configs/studies/toyroom_depth.py', '--table', '--seeds', '0']
    assert tool.typed(words) == 'python tools/study.py configs/studies/toyroom_depth.py --seeds 0'


def test_the_pages_of_this_repository_are_up_to_date():
    assert not render_pages(ROOT), 'run `python tools/study.py --report`'


@pytest.mark.parametrize('folder', ['deeplabv3', 'deeplabv3plus', 'depthformer', 'mask2former', 'topdown_heatmap'])
def test_the_pages_of_this_repository_have_places(folder):
    """For every study of the built-in world by its task, and for the one of several models."""
    names = ('semantic', 'models', 'instance', 'depth', 'openvocab', 'pose')
    text = (ROOT / 'docs/benchmark.md').read_text()
    assert all(f'<!-- results: {name}* -->' in text for name in names)
    assert '<!-- results: ' in (ROOT / 'configs' / folder / 'README.md').read_text()
