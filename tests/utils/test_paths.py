"""Configs, recipes and tools that come with the package are found from any folder."""

import subprocess
import sys
from pathlib import Path

import pytest

import mmdatasetdm
from mmdatasetdm.__main__ import find_tool
from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.recipe import load_recipe
from mmdatasetdm.utils.paths import locate

DECODER = 'datasetdm/datasetdm_toyroom_semantic-20shot_1xb8-500iters_toyroom-128x128.py'


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize('name', [f'mmdatasetdm::{DECODER}', f'configs/{DECODER}'])
def test_a_config_of_ours_from_any_folder(name, tmp_path):
    assert locate(name).name == 'datasetdm_toyroom_semantic-20shot_1xb8-500iters_toyroom-128x128.py'
    mine = tmp_path / 'configs' / DECODER
    mine.parent.mkdir(parents=True)
    mine.write_text('')
    assert (locate(name).resolve() == mine) is (not name.startswith('mmdatasetdm::'))  # a file that is there is itself
    assert locate('nothing.py') == Path('nothing.py')


def test_a_recipe_of_ours_finds_the_configs_of_its_decoders(tmp_path):
    (tmp_path / 'decoder.pth').touch()
    recipe = load_recipe(
        'mmdatasetdm::generate/toyroom_semantic.py', decoders=[f'semantic=configs/{DECODER},decoder.pth']
    )
    assert recipe.decoders['semantic'].config == f'configs/{DECODER}'


def test_tools_by_name(tmp_path):
    assert find_tool('mmdatasetdm::train.py').is_file()
    assert find_tool('mmseg::analysis_tools/get_flops.py').parent.name == 'analysis_tools'
    with pytest.raises(UserError, match=r'mmseg has no such tool; it has analysis_tools/get_flops\.py'):
        find_tool('mmseg::get_flops.py')
    with pytest.raises(UserError, match='mmfoo is not installed'):
        find_tool('mmfoo::train.py')
    with pytest.raises(UserError, match=r'mine\.py: no such script'):
        find_tool('mine.py')


def test_an_unpacked_installation_trains_and_generates_from_any_folder(tmp_path):
    """As a wheel has it: the package with `.mim`, no repository around it."""
    site = tmp_path / 'site'
    site.mkdir()
    package, root = Path(mmdatasetdm.__file__).parent, Path(mmdatasetdm.__file__).parents[1]
    (site / 'mmdatasetdm').mkdir()
    for part in package.iterdir():
        if part.name not in ('.mim', '__pycache__'):
            (site / 'mmdatasetdm' / part.name).symlink_to(part)
    (site / 'mmdatasetdm/.mim').mkdir()
    for name in ('configs', 'tools'):
        (site / 'mmdatasetdm/.mim' / name).symlink_to(root / name)
    code = (
        'import sys; sys.path[0:0] = [sys.argv[1]]\n'
        'import mmdatasetdm\nfrom mmdatasetdm.__main__ import find_tool\nfrom mmdatasetdm.utils.paths import locate\n'
        f"print(find_tool('mmdatasetdm::generate.py')); print(locate('configs/{DECODER}'))"
    )
    done = subprocess.run([sys.executable, '-c', code, str(site)], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    tool, config = done.stdout.split()[-2:]
    assert tool == str(site / 'mmdatasetdm/.mim/tools/generate.py')
    assert config == str(site / 'mmdatasetdm/.mim/configs' / DECODER)
