"""Real images that a person names: a folder, a list, a config."""

import pytest
from PIL import Image

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.references import reference_images

CONFIG = 'configs/datasetdm/datasetdm_toyroom_semantic-phrase-20shot_1xb8-300iters_toyroom-128x128.py'


def test_a_folder_and_a_list(tmp_path):
    (tmp_path / 'images/more').mkdir(parents=True)
    for name in ('images/a.png', 'images/more/b.JPG'):
        Image.new('RGB', (4, 4)).save(tmp_path / name, 'PNG')
    (tmp_path / 'images/notes.md').write_text('no image')
    found = [tmp_path / 'images/a.png', tmp_path / 'images/more/b.JPG']
    assert reference_images(tmp_path / 'images', 'train') == found
    (tmp_path / 'list.txt').write_text('images/a.png\nimages/more/b.JPG\nimages/a.png\n')
    assert reference_images(tmp_path / 'list.txt', 'val') == found


def test_a_config(monkeypatch):
    from pathlib import Path

    train = reference_images(Path(CONFIG), 'train')
    assert len(train) == 20 and all(path.is_file() for path in train)


@pytest.mark.parametrize(
    ('name', 'text', 'words'),
    [
        ('list.txt', 'b.png\n', 'names .*b.png, which is not there'),
        ('list.txt', '\n', 'names no image'),
        ('folder', None, 'there is no folder, list or config'),
        ('config.py', 'train_dataloader = dict()\n', 'names no image'),
    ],
)
def test_mistakes(tmp_path, name, text, words):
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(UserError, match=words):
        reference_images(tmp_path / name, 'train')
