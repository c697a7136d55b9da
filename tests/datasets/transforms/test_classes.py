import random

import numpy as np
import pytest
from mmdet.structures.mask import BitmapMasks
from mmengine.registry import init_default_scope

from mmdatasetdm.datasets import FixedVariants, GammaBrightnessColour, HideClasses, ListedClasses, PresentClasses
from mmdatasetdm.errors import UserError
from mmdatasetdm.registry import TRANSFORMS

CROP = [
    {'type': 'mmseg.RandomCrop', 'crop_size': (8, 8)},
    {'type': 'RandomFlip', 'prob': 0.5, 'direction': ['horizontal', 'vertical']},
]


@pytest.fixture(autouse=True)
def scope() -> None:
    """Whatever another test left: mmpose's RandomFlip leaves label maps as they are."""
    init_default_scope('mmseg')


def crop(transform: FixedVariants, name: str = 'a.jpg') -> bytes:
    image = np.arange(32 * 32 * 3, dtype=np.uint16).reshape(32, 32, 3)
    results = {'img': image, 'img_path': f'/somewhere/{name}', 'img_shape': (32, 32), 'seg_fields': ['gt_seg_map']}
    results['gt_seg_map'] = image[..., 0].copy()
    results = transform.transform(results)
    assert np.array_equal(results['img'][..., 0], results['gt_seg_map']), 'image and labels go together'
    return results['img'].tobytes()


def test_as_many_outcomes_as_variants():
    transform = FixedVariants(transforms=CROP, variants=5)
    assert len({crop(transform) for _ in range(100)}) == 5


def test_outcomes_depend_on_image_and_seed_and_on_nothing_else():
    seen = [
        {crop(FixedVariants(transforms=CROP, variants=3, seed=seed), name) for _ in range(40)}
        for seed, name in ((0, 'a.jpg'), (0, 'a.jpg'), (1, 'a.jpg'), (0, 'b.jpg'))
    ]
    assert seen[0] == seen[1]
    assert not seen[0] & seen[2] and not seen[0] & seen[3]


def test_the_choice_of_variants_is_the_runs_own():
    transform = FixedVariants(transforms=CROP, variants=1000)
    np.random.seed(1)
    random.seed(1)
    first = [crop(transform) for _ in range(5)]
    assert len(set(first)) > 1
    np.random.seed(1)
    expected = [np.random.randint(1000) for _ in range(6)][-1]
    np.random.seed(1)
    for _ in range(5):
        crop(transform)
    assert np.random.randint(1000) == expected, 'each image draws one number and no more'


def test_it_is_found_by_its_name():
    assert TRANSFORMS.get('FixedVariants') is FixedVariants


def test_no_variants_is_a_mistake():
    with pytest.raises(UserError, match='variants must be at least 1, got 0'):
        FixedVariants(transforms=CROP, variants=0)


MASK = np.array([[0, 0, 0, 1], [0, 2, 2, 255]], np.uint8)


def present(**options) -> tuple[str, ...]:
    transform = PresentClasses(classes=['background', 'cat', 'dog', 'cow'], **options)
    return transform.transform({'gt_seg_map': MASK})['present_classes']


def test_the_classes_of_a_label_map_are_named():
    assert present() == ('cat', 'dog')
    assert present(min_fraction=0.2) == ('dog',)
    assert present(background=None) == ('background', 'cat', 'dog')
    assert TRANSFORMS.get('PresentClasses') is PresentClasses


def test_mistakes_with_present_classes_are_named():
    with pytest.raises(UserError, match='put it after LoadAnnotations'):
        PresentClasses(classes=['cat'], background=None).transform({'seg_map_path': 'a.png'})
    assert PresentClasses(classes=['cat'], background=None).transform({})['present_classes'] is None, 'an image alone'
    with pytest.raises(UserError, match=r'min_fraction is 3; it is a fraction'):
        PresentClasses(classes=['cat'], min_fraction=3)
    for name in ('background', 'cow'):
        with pytest.raises(
            UserError, match=f"background is '{name}', but the classes are _background_, cat: say which"
        ):
            PresentClasses(classes=['_background_', 'cat'], background=name)
    named = PresentClasses(classes=['_background_', 'cat', 'dog', 'cow'], background='_background_')
    assert named.transform({'gt_seg_map': MASK})['present_classes'] == ('cat', 'dog')


def test_listed_classes(tmp_path):
    path = tmp_path / 'captions.jsonl'
    path.write_text('{"id": "a_1", "classes": ["dog", "sofa", "dog"]}\n\n{"id": "a_2", "classes": []}\n')
    transform = ListedClasses(file=str(path))
    assert transform({'img_path': '/x/a_1.jpg'})['present_classes'] == ('dog', 'sofa')
    assert transform({'img_path': '/x/a_2.jpg'})['present_classes'] == ()
    path.write_text(
        '\ufeff{"id": "a_1", "caption": "a dog\u2028on a sofa\x85", "classes": ["dog"]}\n', encoding='utf-8'
    )
    listed = ListedClasses(file=str(path))
    assert listed({'img_path': '/x/a_1.jpg'})['present_classes'] == ('dog',), 'U+2028 ends no line of JSON'
    assert transform({'img_path': 'b.png'})['present_classes'] is None, 'an image alone: nothing is known'
    with pytest.raises(UserError, match='has no line for image b'):
        transform({'img_path': 'b.png', 'gt_seg_map': np.zeros((2, 2))})
    with pytest.raises(UserError, match=r'there is no .*nothing'):
        ListedClasses(file=str(tmp_path / 'nothing'))({'img_path': 'b.png'})
    with pytest.raises(UserError, match='cannot be read: Is a directory'):
        ListedClasses(file=str(tmp_path))({'img_path': 'b.png'})
    path.write_text('{"id": 1}\n')
    with pytest.raises(UserError, match=r'must hold \{"id"'):
        ListedClasses(file=str(path))({'img_path': 'b.png'})


def test_listed_classes_of_images_of_one_name(tmp_path):
    path = tmp_path / 'captions.jsonl'
    path.write_text('{"id": "a/1", "classes": ["dog"]}\n{"id": "b/1", "classes": ["sofa"]}\n{"id": 2, "classes": []}\n')
    transform = ListedClasses(file=str(path))
    found = [transform({'img_path': f'/images/{place}/1.jpg'})['present_classes'] for place in 'abab']
    assert found == [('dog',), ('sofa',)] * 2
    transform({'img_path': '/images/a/2.jpg'})
    transform({'img_path': '/images/a/2.jpg'})
    with pytest.raises(UserError, match=r'the line of 2 is of /images/a/2 and of /images/b/2; give ids with'):
        transform({'img_path': '/images/b/2.jpg'})
    path.write_text('{"id": "1", "classes": ["dog"]}\n{"id": 1, "classes": ["sofa"]}\n')
    with pytest.raises(UserError, match='has 2 lines for one image, as 1'):
        ListedClasses(file=str(path))({'img_path': '1.jpg'})


def test_present_classes_of_objects():
    masks = np.zeros((3, 10, 10), np.uint8)
    masks[0, :2], masks[1, 5:6, :5], masks[2, 5:6, 5:] = 1, 1, 1
    results = {'gt_masks': BitmapMasks(masks, 10, 10), 'gt_bboxes_labels': np.array([2, 0, 0])}
    names = ['ball', 'sofa', 'lamp']
    found = {
        share: PresentClasses(classes=names, min_fraction=share, background=None)(results)['present_classes']
        for share in (0.0, 0.09, 0.1)
    }
    assert found == {0.0: ('ball', 'lamp'), 0.09: ('ball', 'lamp'), 0.1: ('lamp',)}, 'two small ones count together'


def test_hidden_classes_become_ignored():
    mask = np.array([[0, 1, 2, 255]], np.uint8)
    results = HideClasses(classes=['floor', 'sofa', 'lamp'], hidden=['sofa'])({'gt_seg_map': mask})
    assert results['gt_seg_map'].tolist() == [[0, 255, 2, 255]] and mask[0, 1] == 1
    with pytest.raises(UserError, match='cow is not among the classes floor, sofa'):
        HideClasses(classes=['floor', 'sofa'], hidden=['cow'])


def test_colours_change_now_and_then_and_stay_in_range():
    image = np.full((4, 4, 3), 200, np.uint8)
    np.random.seed(0)
    changed = [GammaBrightnessColour()({'img': image.copy()})['img'] for _ in range(200)]
    share = np.mean([(one != image).any() for one in changed])
    assert 0.4 < share < 0.6 and all(one.dtype == np.uint8 for one in changed)
    assert (GammaBrightnessColour(prob=0)({'img': image})['img'] == image).all()
    bright = GammaBrightnessColour(prob=1, brightness=(9, 9))({'img': image})['img']
    assert (bright == 255).all()
    with pytest.raises(UserError, match='prob is 2'):
        GammaBrightnessColour(prob=2)


def test_classes_that_every_image_shows_are_not_named():
    mask = np.array([[0, 1], [2, 3]], np.uint8)
    named = PresentClasses(classes=['sky', 'road', 'car', 'dog'], background=['sky', 'road'])
    assert named.transform(dict(gt_seg_map=mask))['present_classes'] == ('car', 'dog')
    with pytest.raises(UserError, match="background is 'sea'"):
        PresentClasses(classes=['sky', 'road'], background=['sky', 'sea'])
