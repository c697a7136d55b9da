"""demo/inference.ipynb runs from its first cell to its last, with the decoders that come with the package."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).resolve().parents[2] / 'demo' / 'inference.ipynb'

DECODERS = NOTEBOOK.parents[1] / 'mmdatasetdm' / 'assets' / 'toyroom' / 'decoders'


@pytest.mark.skipif(not (DECODERS / 'pose.safetensors').is_file(), reason='no decoders come with this checkout')
def test_the_notebook_runs(tmp_path):
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert not any(cell.get('outputs') for cell in notebook.cells), 'clear the outputs before you commit'
    client = NotebookClient(notebook, timeout=300, kernel_name='python3', resources=dict(metadata=dict(path=tmp_path)))
    client.execute()
    pictures = [
        output for cell in notebook.cells for output in cell.get('outputs', ()) if 'image/png' in output.get('data', {})
    ]
    assert len(pictures) == 2
    assert (tmp_path / 'labelled/annotations/instances_train2017.json').is_file()
