"""Where the configs and tools of a library are: of an installed one, and of a working tree."""

from importlib.util import find_spec
from pathlib import Path

_OURS = 'mmdatasetdm'


def _shipped(library: str, what: str) -> Path:
    """The folder ``what`` of a library: in its ``.mim``, or of this package beside it in a working tree."""
    package = Path(find_spec(library).origin).parent
    shipped = package / '.mim' / what
    return package.parent / what if library == _OURS and not shipped.is_dir() else shipped


def tools_of(library: str) -> Path:
    """The folder of a library's tools."""
    return _shipped(library, 'tools')


def shipped_prompts() -> dict[str, Path]:
    """The prompt files that come with the package, by the data set that they are for."""
    folder = Path(__file__).resolve().parents[1] / 'assets' / 'prompts'
    return {path.stem: path for path in sorted(folder.glob('*.txt'))}


def locate_prompts(path: str | Path) -> Path:
    """A prompt file: one that is there, or the shipped one of that name, such as 'voc'."""
    return Path(path) if Path(path).exists() else shipped_prompts().get(str(path), Path(path))


def locate(path: str | Path) -> Path:
    """A config file by any of its names, whatever the working directory is.

    A file that is there is itself. Otherwise 'mmdatasetdm::datasetdm/x.py' and 'configs/datasetdm/x.py' are the configs
    that come with the package, so that a recipe finds the configs of its decoders from any folder.
    """
    path = str(path)
    if Path(path).is_file():
        return Path(path)
    name = path.removeprefix(f'{_OURS}::') if '::' in path else path.removeprefix('configs/')
    if name != path and (found := _shipped(_OURS, 'configs') / name).is_file():
        return found
    return Path(path)
