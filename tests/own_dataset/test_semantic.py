"""Label maps, the table of classes and the facts."""

import runpy

import numpy as np
import pytest
from PIL import Image

from mmdatasetdm.errors import UserError
from mmdatasetdm.own_dataset.build import Answers, new_dataset


def write(pairs, **answers):
    made = new_dataset(pairs, task='semantic', out=pairs.parent / 'made', answers=Answers(**answers))
    return made, runpy.run_path(str(made.folder / 'pets_facts.py'))


def test_facts_stand_once_and_labels_are_exact(pairs):
    made, facts = write(pairs)
    assert facts['class_names'] == ['background', 'person', 'dog'] and facts['background'] == 'background'
    assert facts['words'] == ['person', 'dog'] and facts['img_suffix'] == '.jpg'
    for index in range(6):
        ours, theirs = (Image.open(path / f'{index}.png') for path in (made.folder / 'labels', pairs / 'masks'))
        assert (np.asarray(ours) == np.asarray(theirs)).all()
    others = ''.join(path.read_text() for path in made.folder.glob('*.py') if path.name != 'pets_facts.py')
    assert "'dog'" not in others and "'person'" not in others
    assert ['person' in line and '2 images' in line for line in made.table] == [False, True, False, False]


def test_without_a_background(pairs):
    (pairs / 'classes.txt').write_text('ground\nperson\nTrafficCone\n')
    _, facts = write(pairs, words=dict(TrafficCone='red chair'))
    assert facts['background'] is None and facts['unnamed'] == []
    assert facts['class_prompts'] == {'TrafficCone': 'red chair'} and facts['palette'][0] != [0, 0, 0]


def test_classes_of_every_picture_are_said_or_given(pairs):
    made, facts = write(pairs, unnamed=['person'])
    assert facts['unnamed'] == ['background', 'person'] and facts['words'] == ['dog']
    assert made.found.questions[1][:2] == ('in every picture', 'person')
    header = (made.folder / 'pets_prompts.txt').read_text().splitlines()[0]
    assert '"classes": ["dog"]' in header


def test_words_that_the_built_in_generator_does_not_know_are_left_out(pairs):
    (pairs / 'classes.txt').write_text('background\nperson\nzebrafish\n')
    made, facts = write(pairs)
    assert facts['prompt_template'] is None and facts['words'] == []
    assert any('zebrafish by letters only' in line for line in made.found.warnings)


def test_classes_that_no_image_shows_and_images_without_a_class(pairs):
    (pairs / 'classes.txt').write_text('background\nperson\ndog\ncat\n')
    Image.fromarray(np.zeros((96, 128), np.uint8)).save(pairs / 'masks/0.png')
    made, _ = write(pairs)
    assert any('no training image shows cat' in line for line in made.found.warnings)
    assert any('1 images show no class at all' in line and '0.jpg' in line for line in made.found.warnings)


@pytest.mark.parametrize(
    ('answers', 'message'),
    [
        (dict(background='sky'), "--background sky: choose 'none' or one of background, person, dog"),
        (dict(words=dict(cat='kitten')), '--word cat: there is no such class'),
        (dict(classes=['a', 'a', 'b']), '--classes: class a is named 2 times'),
        (dict(classes=['background', 'person']), 'number 2 in the label map'),
        (dict(generator='/nowhere'), "there is no generator folder '/nowhere'"),
        (dict(unnamed=['sky']), "--unnamed sky: choose 'none' or some of background, person, dog"),
        (dict(unnamed=['person', 'dog']), '--unnamed: one class must be left'),
    ],
)
def test_wrong_answers(pairs, answers, message):
    with pytest.raises(UserError, match=message):
        write(pairs, **answers)
