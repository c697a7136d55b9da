"""Run a tool of an OpenMMLab library, or any script, with mmdatasetdm imported before it.

python -m mmdatasetdm mmdet::test.py CONFIG CHECKPOINT
python -m mmdatasetdm mmseg::analysis_tools/browse_dataset.py CONFIG --not-show --output-dir FOLDER
python -m mmdatasetdm mmdatasetdm::train.py mmdatasetdm::datasetdm/voc_100shot.py
python -m mmdatasetdm my_script.py ARGUMENTS

Several stock tools (mmdet's test.py among them) import mmcv's operators before they read the config that would import
mmdatasetdm; where mmcv has no compiled operators they end there. Checkpoints are read without running code (compat).
"""

import runpy
import sys
from importlib.util import find_spec
from pathlib import Path

from mmdatasetdm.errors import UserError
from mmdatasetdm.utils.paths import tools_of

LIBRARIES = ('mmdatasetdm', 'mmseg', 'mmdet', 'mmpose')


def find_tool(name: str) -> Path:
    """The script that ``name`` means: a file, or LIBRARY::PATH below that library's tools.

    Raises:
        UserError: there is none.
    """
    library, colons, path = name.partition('::')
    if not colons:
        if not Path(name).is_file():
            raise UserError(f'{name}: no such script; a tool of a library is e.g. mmdet::test.py')
        return Path(name)
    if library not in LIBRARIES or find_spec(library) is None:
        raise UserError(f'{name}: {library} is not installed, or none of {", ".join(LIBRARIES)}')
    tools = tools_of(library)
    script = tools / path
    if not script.is_file():
        known = sorted(str(one.relative_to(tools)) for one in tools.rglob(Path(path).name)) or sorted(
            one.name for one in tools.glob('*.py')
        )
        raise UserError(f'{name}: {library} has no such tool; it has {", ".join(known)}')
    return script


def main() -> None:
    if len(sys.argv) < 2 or sys.argv[1] in ('-h', '--help'):
        print(__doc__)
        return
    try:
        script = find_tool(sys.argv[1])
    except UserError as error:
        print(f'error: {error}', file=sys.stderr)
        sys.exit(2)
    sys.argv = [str(script), *sys.argv[2:]]
    runpy.run_path(str(script), run_name='__main__')


if __name__ == '__main__':
    main()
