"""What setuptools cannot be told in pyproject.toml: the `.mim` folder (configs, tools, model index) in the package."""

import os
import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
EXTRAS = ('tests', 'toyroom', 'demo', 'llm', 'webdataset', 'filters', 'ray', 'nyu')
MIM = ('configs', 'tools', 'model-index.yml')  # what `mim train mmdatasetdm ...` and `mmdatasetdm::` config names read

# it names the folder of the built-in labelled sets
WORLD = 'configs/_base_/datasets/toyroom_world.py'


def requirements(name: str) -> list[str]:
    """The lines of requirements/NAME.txt without comments."""
    lines = (ROOT / 'requirements' / f'{name}.txt').read_text(encoding='utf-8').splitlines()
    return [line for line in lines if line and not line.startswith('#')]


class BuildWithMim(build_py):
    """Put `.mim` where the package is: copies in a wheel, links in a working tree installed with ``pip install -e``.

    ``editable_mode`` is set by modern pip's editable_wheel; the stock setup.py files ask sys.argv, which does not say.
    """

    def run(self) -> None:
        super().run()
        if getattr(self, 'editable_mode', False):
            fill(ROOT / 'mmdatasetdm/.mim', link=True)
            return
        fill(Path(self.build_lib) / 'mmdatasetdm/.mim', link=False)
        # onedl-mim looks for `.mim` beside the installation's first file by name. For a package that is named as its
        # distribution that is mmdatasetdm-0.1.0.dist-info/INSTALLER, unless a folder sorts before it.
        fill(Path(self.build_lib) / '_mmdatasetdm_mim/.mim', link=False)


def fill(target: Path, *, link: bool) -> None:
    """Make ``target`` anew with links to, or copies of, what ``MIM`` names."""
    if target.exists():
        shutil.rmtree(target)
    target.mkdir(parents=True)
    for name in MIM:
        if link:
            os.symlink(os.path.relpath(ROOT / name, target), target / name)
        elif (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns('__pycache__'))
        else:
            shutil.copy2(ROOT / name, target / name)
    if not link:
        _name_assets_of_the_package(target / WORLD)


def _name_assets_of_the_package(path: Path) -> None:
    """Lead from a config in ``.mim`` of either top folder of the wheel to the assets, which are in the package."""
    text = path.read_text(encoding='utf-8')
    tree, wheel = '/../../../mmdatasetdm/assets/', '/../../../../../mmdatasetdm/assets/'
    if text.count(tree) != 1:
        raise RuntimeError(f'{path} does not name the assets once, by {tree}')
    path.write_text(text.replace(tree, wheel), encoding='utf-8')


setup(
    install_requires=requirements('runtime'),
    extras_require={name: requirements(name) for name in EXTRAS},
    cmdclass={'build_py': BuildWithMim},
)
