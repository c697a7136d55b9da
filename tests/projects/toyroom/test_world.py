"""The renderer; it is needed to make the world anew only, so these tests skip without it (requirements/toyroom.txt)."""

import numpy as np
import pytest

pytest.importorskip('mujoco', reason='the renderer is not installed: pip install -r requirements/toyroom.txt')

from mmdatasetdm.toyroom.captions import CLASSES
from projects.toyroom.render import nested_order
from projects.toyroom.world import MIN_PIXELS, World


@pytest.fixture(scope='module')
def world() -> World:
    try:
        return World(seed=7)
    except Exception as error:  # MuJoCo's own error type depends on what the machine lacks
        pytest.skip(f'no off-screen rendering on this machine (package libegl1?): {error}')


def test_a_scene_is_a_function_of_seed_and_index(world):
    first, other, again = world.scene(0), world.scene(1), world.scene(0)
    np.testing.assert_array_equal(first.image, again.image)
    assert first.caption == again.caption
    assert (first.image != other.image).any()


def test_every_named_object_can_be_seen_and_labels_agree(world):
    for index in range(8):
        scene = world.scene(index)
        for number, (name, _) in enumerate(scene.objects):
            mine = scene.instance == number + 1
            assert mine.sum() >= MIN_PIXELS
            assert (scene.semantic[mine] == CLASSES.index(name)).all()
        assert 0.3 < np.median(scene.depth) < 15
        for number, points in scene.keypoints.items():
            assert scene.objects[number][0] == 'person'
            for x, y, visibility in points:
                assert visibility < 2 or scene.instance[int(y), int(x)] == number + 1


def test_the_labelled_order_shows_every_class_early(world):
    scenes = [world.scene(i) for i in range(60)]
    order = nested_order(scenes)
    assert sorted(order) == list(range(60))
    present = {name for scene in scenes for name, _ in scene.objects}
    assert {name for i in order[:10] for name, _ in scenes[i].objects} == present


def test_a_close_up_shows_more_of_its_objects(world):
    near = World(seed=7, near_share=1.0)
    shares = [np.mean([(w.scene(i, labels=False).instance > 0).mean() for i in range(20)]) for w in (near, world)]
    scene = near.scene(0)
    assert scene.caption.startswith('near ')
    assert len(scene.objects) <= 2
    assert shares[0] > 1.2 * shares[1]


def test_the_objects_fill_much_of_the_view(world):
    shares = [(world.scene(i, labels=False).instance > 0).mean() for i in range(20)]
    assert np.mean(shares) > 0.12


def test_people_are_in_the_view_from_head_to_foot(world):
    people = [points for i in range(40) for points in world.scene(i).keypoints.values()]
    assert np.mean([(points[:, 2] > 0).sum() for points in people]) > 16


def test_shadows_draw_no_dotted_lines(world):
    """Inside of a plain surface no pixel is much darker than both of its neighbours to the left and to the right."""
    for index in range(8):
        scene = world.scene(index)
        grey = scene.image.astype(float).mean(2)
        plain = (scene.instance[:, 2:] == 0) & (scene.instance[:, 1:-1] == 0) & (scene.instance[:, :-2] == 0)
        dots = (np.minimum(grey[:, 2:], grey[:, :-2]) - grey[:, 1:-1] > 25) & plain
        assert dots.sum() < 40


def test_a_frequency_changes_what_is_drawn(world):
    del world  # without it there is nothing to render with
    dogs = World(seed=7, frequency={'dog': 1.0})
    assert {name for i in range(4) for name, _ in dogs.scene(i, labels=False).objects} == {'dog'}
