"""tools/demo.py: what it leaves once its steps are done, and what it says is missing. The steps are tested apart."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmdatasetdm.generation import load_recipe
from mmdatasetdm.toyroom.paths import TOYROOM_DECODERS
from mmdatasetdm.utils.schema import SCHEMA_VERSION
from tools import demo as tool

SCORES = dict(real=10.5, synthetic=21.25, **{'real+synthetic': 24.0})


@pytest.fixture
def done(tmp_path, monkeypatch) -> Path:
    """The output folder of a demo whose steps are all done; the built-in model is there."""
    for name in ('TOYROOM_DATA', 'TOYROOM_GENERATOR'):
        monkeypatch.setattr(tool, name, tmp_path)
    out = tmp_path / 'demo'
    study = tool.demo_study(out)
    for setting, score in SCORES.items():
        folder = study.run('deeplabv3plus', 20, setting, 0)
        folder.mkdir(parents=True)
        run = dict(
            model='deeplabv3plus', labels=20, setting=setting, seed=0, scores=dict(mIoU=score), classes=dict(ball=1.0)
        )
        (folder / 'result.json').write_text(json.dumps(run))
    study.decoder(20, 0).mkdir(parents=True)
    (study.decoder(20, 0) / 'decoder.json').write_text('{}')
    generated(study.synthetic(20, 0))
    generated(tool.all_labels(out))
    return out


def test_the_first_images_need_no_training(tmp_path):
    job = tool.first_job(tmp_path)
    assert not job.after and '--decoder' not in job.command
    options = [option.split('=', 1) for option in job.command[job.command.index('--cfg-options') + 1 :]]
    recipe = load_recipe(job.command[2], options={key: json.loads(value) for key, value in options})
    assert set(recipe.decoders) == {'semantic', 'instance', 'depth', 'pose'}
    assert all(Path(one.checkpoint[0]).parent == TOYROOM_DECODERS for one in recipe.decoders.values())


def generated(root: Path) -> None:
    """A generated data set of one sample."""
    for folder in ('JPEGImages', 'SegmentationClass', 'ImageSets/Segmentation'):
        (root / folder).mkdir(parents=True)
    (root / 'ImageSets/Segmentation/train.txt').write_text('00000000\n')
    files = dict(image='JPEGImages/00000000.png', semantic='SegmentationClass/00000000.png')
    Image.new('RGB', (32, 32), (200, 0, 0)).save(root / files['image'])
    Image.fromarray(np.eye(32, dtype=np.uint8)).save(root / files['semantic'])
    record = dict(
        id=0,
        name='00000000',
        prompt='a room with a ball',
        classes=['ball'],
        files=files,
        failed=None,
        selected=True,
        dropped=None,
        scores=dict(semantic=dict(fractions=dict(ball=0.03), ignored=0.1, confidence=0.9)),
        schema_version=SCHEMA_VERSION,
    )
    (root / 'manifest.jsonl').write_text(json.dumps(record) + '\n')
    recipe = dict(
        generator='g00',
        sampler=dict(scheduler='DDIMScheduler', steps=4, guidance=2.0),
        decoders=dict(semantic=dict(checkpoint='d00')),
    )
    (root / 'dataset.json').write_text(
        json.dumps(
            dict(
                schema_version=SCHEMA_VERSION,
                fingerprint='f00',
                samples=1,
                selected=1,
                failed=0,
                failures={},
                ignored_fraction=0.1,
                mean_confidence=0.9,
                classes=['background', 'ball'],
                palette=[[0, 0, 0], [255, 0, 0]],
                code_versions=['1.0'],
                filters=[],
                per_class=dict(
                    background=dict(prompted=0, images=1, pixel_fraction=0.87),
                    ball=dict(prompted=1, images=1, pixel_fraction=0.03),
                ),
                recipe=recipe,
                throughput=dict(
                    images_per_second=1.0, seconds=1.0, seconds_per_image=dict(sample=1.0), devices=['CPU']
                ),
            )
        )
    )


def test_results_table_and_page(done, capsys):
    assert tool.main(['--out', str(done)]) == 0
    assert json.loads((done / 'results.json').read_text()) == {
        'real': {'mIoU': 10.5},
        'synthetic': {'mIoU': 21.25},
        'real+synthetic': {'mIoU': 24.0},
    }
    assert '21.2' in (done / 'report/index.html').read_text()
    for name in ('report', 'report_all_labels'):
        assert 'a room with a ball' in next((done / name / 'samples').iterdir()).read_text()
    printed = capsys.readouterr().out.splitlines()
    assert all(f'{n} of {n} steps are done already' in ' '.join(printed) for n in (1, 5))
    start = next(i for i, line in enumerate(printed) if line.startswith('training images'))
    assert [' '.join(line.split()) for line in printed[start : start + 4]] == [
        'training images mIoU on 300 test images',
        '20 real 10.5',
        '1 synthetic 21.2',
        '20 real + 1 synthetic 24.0',
    ]


def test_checkout_without_the_generator(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(tool, 'TOYROOM_GENERATOR', tmp_path / 'generator')
    assert tool.main(['--out', str(tmp_path / 'demo')]) == 2
    assert capsys.readouterr().err.strip().endswith('generator is missing: the checkout is not whole')
