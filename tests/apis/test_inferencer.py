"""DatasetDMInferencer with small untrained decoders of all tasks on the tests' generator."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmdatasetdm.apis import DatasetDMInferencer
from mmdatasetdm.errors import UserError
from mmdatasetdm.generation import load_recipe


def test_prompts_become_images_with_all_labels(inferencer):
    result = inferencer(prompts=['a room with a man', 'a chair'], batch_size=2, return_vis=True)
    first, second = result['predictions']
    assert (first.classes, second.classes) == (('person',), ('chair',))
    assert first.image.shape == (128, 128, 3) and first.image.dtype == np.uint8
    assert first.semantic.shape == first.depth.shape == (128, 128)
    assert set(np.unique(first.semantic)) <= {0, 1, 2, 3, 4, 255}
    assert first.instances[0].segmentation and first.instances[0].category_id and first.instances[0].score
    assert first.persons is not None and first.failure is None
    assert {'semantic', 'instance', 'depth', 'pose'} == set(first.scores)
    assert first.seed != second.seed
    assert len(result['visualization']) == 2 and result['visualization'][0].shape[1] > 5 * 128


def test_an_image_of_a_seed_does_not_depend_on_its_batch(inferencer):
    together = inferencer(prompts=['a chair', 'a sofa', 'a table'], seed=3, batch_size=3)['predictions']
    alone = inferencer(prompts=['a chair', 'a sofa', 'a table'], seed=3, batch_size=1)['predictions']
    for one, other in zip(together, alone, strict=True):
        assert np.abs(one.image.astype(int) - other.image).max() <= 2
        assert (one.semantic != other.semantic).mean() <= 0.005


def test_the_same_labels_as_generation(inferencer, all_tasks_recipe, tmp_path):
    """One prompt of a recipe, generated and asked for: the same image and the same masks."""
    from mmdatasetdm.generation import generate

    read = load_recipe(all_tasks_recipe)
    generate(read, tmp_path / 'out', num=1)
    prompt = read.prompts(0)
    (found,) = inferencer(prompts=prompt.text, classes=prompt.classes, seed=read.seed)['predictions']
    assert (found.image == np.asarray(Image.open(tmp_path / 'out/JPEGImages/00000000.png'))).all()
    assert (found.semantic == np.asarray(Image.open(tmp_path / 'out/SegmentationClass/00000000.png'))).all()
    depth = np.asarray(Image.open(tmp_path / 'out/Depth/00000000.png'))
    assert np.abs(found.depth * 1000 - depth).max() <= 0.5


def test_given_images_of_any_size(inferencer, tmp_path):
    rng = np.random.default_rng(0)
    sizes = [(128, 128), (128, 128), (101, 150), (300, 90)]
    for number, size in enumerate(sizes):
        Image.fromarray(rng.integers(0, 255, (*size, 3), np.uint8)).save(tmp_path / f'{number}.png')
    found = inferencer(images=tmp_path, classes=['person'], batch_size=4)['predictions']
    assert [one.image.shape[:2] for one in found] == [one.semantic.shape for one in found] == sizes
    assert [one.depth.shape for one in found] == sizes
    assert all(tuple(one.instances[0].segmentation['size']) == size for one, size in zip(found, sizes, strict=True))
    assert [Path(one.source).name for one in found] == ['0.png', '1.png', '2.png', '3.png']
    (array,) = inferencer(images=np.asarray(Image.open(tmp_path / '2.png')), classes=['person'])['predictions']
    assert array.source is None and (array.semantic == found[2].semantic).all()


def test_decoders_one_by_one(decoders, toy_generator_folder):
    only = DatasetDMInferencer(
        generator=toy_generator_folder, decoders=dict(depth=decoders['depth']), device='cpu', show_progress=False
    )
    (found,) = only(images=np.zeros((128, 128, 3), np.uint8), return_vis=True)['predictions']
    assert found.depth.shape == (128, 128) and found.semantic is None and found.persons is None
    assert only.classes == ()


def test_a_sample_that_fails_has_no_labels(inferencer, monkeypatch, tmp_path):
    """A NaN anywhere is a failure, never a label."""
    head = inferencer.labeller.annotators['depth'].model.decode_head
    predict = head.predict_depth
    monkeypatch.setattr(head, 'predict_depth', lambda *args: predict(*args) * float('nan'))
    (found,) = inferencer(prompts='a chair', out_dir=tmp_path / 'out')['predictions']
    assert 'not finite' in found.failure and found.semantic is None
    assert json.loads((tmp_path / 'out/predictions.json').read_text())['images'][0]['files'] == {}


@pytest.mark.parametrize(
    'call, said',
    [
        (dict(), 'give either prompts or images'),
        (dict(prompts='a chair', images='x.png'), 'give either prompts or images'),
        (dict(prompts=[]), 'prompts is empty'),
        (dict(prompts=['']), 'is no sentence'),
        (dict(images='nowhere.png'), 'there is no image nowhere.png'),
        (dict(images=np.zeros((4, 4), np.uint8)), r'must be \(H, W, 3\) uint8'),
        (dict(prompts='a chair', classes=['zebra']), "no class 'zebra'"),
        (dict(prompts='a chair', batch_size=0), 'batch_size is 0'),
        (dict(prompts='a chair', seed=-1), 'seed is -1'),
    ],
)
def test_a_wrong_argument_is_told_in_one_line(inferencer, call, said):
    with pytest.raises(UserError, match=said) as error:
        inferencer(**call)
    assert '\n' not in str(error.value)


@pytest.mark.parametrize(
    'given, said',
    [
        (dict(decoders='nowhere.py'), 'there is no recipe nowhere.py'),
        (dict(decoders=dict(depth=('a.py', 'b.pth'))), 'name their generator too'),
        (dict(generator='x', decoders=dict(depth='a.py')), r'must be \(config, checkpoint\)'),
        (dict(generator='x', decoders=dict(sound=('a.py', 'b.pth'))), 'sound'),
        (dict(generator='x', decoders=dict(depth=('a.py', 'b.pth')), options={'seed': 1}), 'options change a recipe'),
    ],
)
def test_wrong_decoders_are_told_in_one_line(given, said):
    with pytest.raises(UserError, match=said) as error:
        DatasetDMInferencer(**given)
    assert '\n' not in str(error.value)
