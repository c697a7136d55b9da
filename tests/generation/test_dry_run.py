"""A forecast is made from samples, and nothing is made in the folder itself."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation import dry_run
from mmdatasetdm.generation.dry_run import duration, forecast
from tests.generation.conftest import manifest
from tools.generate import main


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob('*') if path.is_file())


def test_a_forecast(tmp_path, make_recipe, whole):
    out = tmp_path / 'out'
    found = forecast(make_recipe(), out, num=1000)
    assert not out.exists() and found.folder == tmp_path / 'out.dry-run'
    assert (found.plan.num, len(found.plan), found.left) == (1000, 250, 1000)
    assert found.sample.samples == 16, 'more than the four batches of two that a worker needs'
    # by the blocks of the disk: at least the bytes of the files
    assert found.size >= size_of(found.folder) / 16
    stages = found.seconds_per_image
    assert set(stages) == {'sample', 'annotate', 'write'} and min(stages.values()) > 0
    assert found.images_per_second <= 1 / sum(stages.values()) * 1.01
    wanted = found.start + 1000 / found.images_per_second
    assert wanted <= 3600 * found.hours < wanted + 1000 and found.device_hours == found.hours
    lines = '\n'.join(found.lines(price=2.5))
    assert 'plan: 1000 samples in 250 shards of 4; 1 worker\n' in lines and 'measured on 16 samples: ' in lines
    assert f'cost: {2.5 * found.hours:.2f} at 2.5 an hour' in lines and '16 of 16 selected' in lines


def test_what_is_there_already_is_not_counted(tmp_path, make_recipe, whole):
    (tmp_path / 'whole').symlink_to(whole)
    found = forecast(make_recipe(), tmp_path / 'whole', num=20)
    assert found.left == 12 and '8 of them are there already' in found.lines()[0]


def test_of_relabelling(tmp_path, make_recipe, whole):
    found = forecast(make_recipe(), tmp_path / 'out', relabel=whole)
    assert (found.plan.num, found.sample.samples) == (10, 10)


def test_a_clock_that_is_set_meanwhile(tmp_path, make_recipe, monkeypatch, whole):
    clock = time.time
    jumps = iter([0.0])

    def jumping() -> float:
        return clock() + next(jumps, 3600.0)

    monkeypatch.setattr(dry_run, 'time', SimpleNamespace(time=jumping, monotonic=time.monotonic))
    with pytest.raises(UserError, match=r'the clock of the system was set while samples were made in .*out\.dry-run'):
        forecast(make_recipe(), tmp_path / 'out', relabel=whole)


def test_the_tool_makes_a_page(tmp_path, recipe_file, capsys):
    out = tmp_path / 'out'
    command = [str(recipe_file), '--num', '100', '--out', str(out), '--device', 'cpu', '--dry-run', '--price', '1']
    for _ in range(2):  # the second one replaces the first one's folder
        assert main(command) == 0
        said = capsys.readouterr().out
        assert 'time: ' in said and 'disk: ' in said and 'cost: ' in said
        page = tmp_path / 'out.dry-run/report/index.html'
        assert f'look at the samples: {page}' in said and page.is_file() and not out.exists()
    (tmp_path / 'out.dry-run/recipe.json').unlink()
    assert main(command) == 2
    assert 'out.dry-run is not of a dry run' in capsys.readouterr().err and page.is_file()
    assert main([*command[:-1], 'nan']) == 2
    assert '--price is nan' in capsys.readouterr().err


def test_nobody_says_how_many(tmp_path, make_recipe):
    with pytest.raises(UserError, match='how many samples'):
        forecast(make_recipe(), tmp_path / 'out')
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    'hours, told', [(0.01, '36 s'), (0.5, '30 min'), (1.5, '90 min'), (3.44, '3.4 h'), (47, '47.0 h'), (72, '3.0 days')]
)
def test_durations(hours, told):
    assert duration(hours) == told


def test_of_a_folder_of_images(tmp_path, recipe_file, capsys):
    """Some images from all parts of the folder are labelled, and the forecast is of all."""
    photos = tmp_path / 'photos'
    photos.mkdir()
    for number in range(40):
        pixels = np.full((48, 64 + number % 2 * 16, 3), 6 * number, np.uint8)
        Image.fromarray(pixels).save(photos / f'{number:02d}.png')
    command = [str(recipe_file), '--label-folder', str(photos), '--out', str(tmp_path / 'out'), '--device', 'cpu']
    assert main([*command, '--dry-run', '--cfg-options', 'writer.keep_latents=False']) == 0
    said = capsys.readouterr().out
    assert 'plan: 40 samples in 10 shards of 4; ' in said and 'measured on 16 samples: ' in said
    names = [line['sampler']['image'] for line in manifest(tmp_path / 'out.dry-run')]
    assert len(names) == 16 and names[:2] == ['00.png', '02.png'] and names[-1] == '37.png'
    assert not (tmp_path / 'out').exists()
