"""What an installation contains: assets, and `.mim` for mim and for `mmdatasetdm::` names, in both ways to install."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import mmdatasetdm

ROOT = Path(__file__).parents[1]


def build(tree: Path, output: Path, hook: str) -> Path:
    """Call the build hook that pip calls, in ``tree``; no network, no isolation."""
    code = f'import setuptools.build_meta as b; print(b.{hook}({str(output)!r}))'
    done = subprocess.run([sys.executable, '-c', code], cwd=tree, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return output / done.stdout.split()[-1]


@pytest.fixture(scope='module')
def tree(tmp_path_factory) -> Path:
    """A copy of what is packaged, so that a build leaves nothing in the working tree."""
    tree = tmp_path_factory.mktemp('tree')
    for name in ('mmdatasetdm', 'configs', 'tools', 'requirements'):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns('__pycache__', '.mim'), symlinks=True)
    for name in ('setup.py', 'pyproject.toml', 'MANIFEST.in', 'model-index.yml', 'README.md', 'LICENSE'):
        shutil.copy2(ROOT / name, tree)
    return tree


@pytest.fixture(scope='module')
def wheel_file(tree, tmp_path_factory) -> Path:
    return build(tree, tmp_path_factory.mktemp('wheel'), 'build_wheel')


def test_a_wheel_contains_the_assets_and_mim(wheel_file):
    with zipfile.ZipFile(wheel_file) as wheel:
        names = set(wheel.namelist())
        metadata = wheel.read(f'mmdatasetdm-{mmdatasetdm.__version__}.dist-info/METADATA').decode()
    for folder in ('configs', 'tools'):
        files = {f'mmdatasetdm/.mim/{path.relative_to(ROOT)}' for path in (ROOT / folder).rglob('*.py')}
        assert files
        assert files <= names
    assert 'mmdatasetdm/.mim/model-index.yml' in names
    sources = [path for path in (ROOT / 'mmdatasetdm').rglob('*') if path.is_file() and '__pycache__' not in path.parts]
    expected = {str(path.relative_to(ROOT)) for path in sources if '.mim' not in path.relative_to(ROOT).parts}
    assert expected <= names
    tops = {name.split('/')[0] for name in names}
    assert tops == {'mmdatasetdm', '_mmdatasetdm_mim', f'mmdatasetdm-{mmdatasetdm.__version__}.dist-info'}
    # where onedl-mim looks: beside the first file of what pip records, which is sorted
    assert f'{min(tops)}/.mim/tools/train.py' in names
    assert 'Requires-Dist: onedl-mmsegmentation' in metadata
    assert 'License-Expression: Apache-2.0' in metadata


@pytest.mark.parametrize('top', ['mmdatasetdm', '_mmdatasetdm_mim'])
def test_configs_of_a_wheel_find_the_labelled_sets(wheel_file, tmp_path, top):
    from mmengine.config import Config

    with zipfile.ZipFile(wheel_file) as wheel:
        wheel.extractall(tmp_path)
    config = Config.fromfile(
        tmp_path / top / '.mim/configs/_base_/datasets/toyroom_depth.py', import_custom_modules=False
    )
    assert Path(config.data_root).samefile(tmp_path / 'mmdatasetdm/assets/toyroom/data')


def test_an_editable_installation_links_mim_to_the_working_tree(tree, tmp_path):
    from mmengine.config import Config

    build(tree, tmp_path, 'build_editable')
    mim = tree / 'mmdatasetdm/.mim'
    for name in ('configs', 'tools', 'model-index.yml'):
        assert (mim / name).resolve() == (tree / name).resolve()
    config = Config.fromfile(mim / 'configs/_base_/datasets/toyroom_depth.py', import_custom_modules=False)
    assert Path(config.data_root).samefile(tree / 'mmdatasetdm/assets/toyroom/data')
    build(tree, tmp_path, 'build_editable')  # again, over the links of the first
    assert (mim / 'tools/train.py').is_file()


def test_a_template_is_read_from_an_installed_wheel_in_any_folder(wheel_file, tmp_path):
    """Its bases are in the wheel, and its parts those of mmseg as well as ours."""
    with zipfile.ZipFile(wheel_file) as wheel:
        wheel.extractall(tmp_path / 'site')
    (tmp_path / 'mine').mkdir()
    shutil.copy2(tmp_path / 'site/mmdatasetdm/.mim/configs/template/my_decoder.py', tmp_path / 'mine')
    code = (
        'import mmdatasetdm; from mmengine.config import Config; '
        'c = Config.fromfile("my_decoder.py", import_custom_modules=False); '
        'width = c.model.decode_head.pixel_decoder.feat_channels; '
        'print(mmdatasetdm.__file__, width, "_scope_" in c.model.data_preprocessor)'
    )
    done = subprocess.run(
        [sys.executable, '-c', code],
        cwd=tmp_path / 'mine',
        env={**os.environ, 'PYTHONPATH': str(tmp_path / 'site')},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split()[-3:] == [str(tmp_path / 'site/mmdatasetdm/__init__.py'), '256', 'False'], done.stderr


def test_configs_are_found_by_the_name_of_the_package(tmp_path):
    from mmengine.config import Config

    (tmp_path / 'mine.py').write_text(
        "_base_ = 'mmdatasetdm::datasetdm/datasetdm_toyroom_semantic-20shot_1xb8-500iters_toyroom-128x128.py'\n"
    )
    config = Config.fromfile(tmp_path / 'mine.py')
    assert config.model.backbone.type == 'mmdatasetdm.DiffusionFeatureBackbone'
    (tmp_path / 'mine.py').write_text("_base_ = 'mmdatasetdm::nothing/here.py'\n")
    with pytest.raises(FileNotFoundError, match='mmdatasetdm has no config nothing/here'):
        Config.fromfile(tmp_path / 'mine.py')


def test_the_pins_cover_the_requirements():
    from packaging.requirements import Requirement

    for pins in ('constraints.txt', 'constraints-upstream.txt'):
        pinned = {}
        for line in (ROOT / 'requirements' / pins).read_text().splitlines():
            if not line.startswith('#'):
                name, version = line.split(';')[0].strip().split('==')
                pinned[name] = version
        for file in ('runtime.txt', 'tests.txt', 'build.txt'):
            for line in (ROOT / 'requirements' / file).read_text().splitlines():
                if not line or line.startswith('#'):
                    continue
                wanted = Requirement(line)
                name = {'opencv-python': 'opencv-python-headless'}.get(wanted.name, wanted.name)
                if pins == 'constraints-upstream.txt' and name.startswith('onedl-'):
                    continue
                assert wanted.specifier.contains(pinned[name]), f'{pins}: {name}=={pinned[name]}'
    assert pinned['mmengine'] == '0.10.7'
    assert not any(name.startswith('onedl') for name in pinned)


def test_the_model_index_lists_every_config():
    """What mim search and mmengine's hub read."""
    import yaml

    index = yaml.safe_load((ROOT / 'model-index.yml').read_text())
    listed = []
    for path in index['Import']:
        metafile = yaml.safe_load((ROOT / path).read_text())
        collections = {collection['Name'] for collection in metafile['Collections']}
        assert all((ROOT / collection['README']).is_file() for collection in metafile['Collections'])
        for model in metafile['Models']:
            assert model['Name'] == Path(model['Config']).stem
            assert model['In Collection'] in collections
            listed.append(model['Config'])
    others = ('_base_', 'generate', 'studies', 'template')
    ours = [path for path in (ROOT / 'configs').glob('*/*.py') if path.parent.name not in others]
    assert sorted(listed) == sorted(str(path.relative_to(ROOT)) for path in ours)
