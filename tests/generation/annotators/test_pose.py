"""Joints and the masks of their people: the share outside, and what the recipe does about it."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest
import torch
from pycocotools.coco import COCO

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation import generate
from mmdatasetdm.generation.annotators.base import Annotation
from mmdatasetdm.generation.annotators.instance import coco_instance
from mmdatasetdm.generation.annotators.pose import PoseOptions
from mmdatasetdm.generation.options import build
from mmdatasetdm.generation.prompts.base import Prompt
from mmdatasetdm.generation.recipe import load_recipe
from mmdatasetdm.generation.records import Instance, SampleRecord
from mmdatasetdm.generation.scores import PoseScores, Scores
from mmdatasetdm.generation.storage.statistics import Totals
from tests.generation.conftest import write_instance_decoder, write_pose_decoder

pytest.importorskip('mmpose', reason='mmpose is not installed')
from mmpose.codecs import MSRAHeatmap

from mmdatasetdm.generation.annotators.pose import PersonRegion, PoseAnnotator

SIZE = 32
PROMPT = Prompt('a person', ('person',))
# x, y and score of four joints: within the mask below; beside it; beside it but no more than labelled; not there
JOINTS = ((8, 12, 0.9), (14, 12, 0.8), (14, 20, 0.2), (9, 9, 0.01))


class Maps(torch.nn.Module):
    """A pose decoder that finds ``joints`` on a grid of one pixel a cell."""

    def __init__(self, joints):
        super().__init__()
        self.codec = MSRAHeatmap(input_size=(SIZE, SIZE), heatmap_size=(SIZE, SIZE), sigma=1)
        self.maps = torch.zeros(1, len(joints), SIZE, SIZE)
        for number, (x, y, score) in enumerate(joints):
            self.maps[0, number, y, x] = score

    @property
    def decode_head(self):
        return self

    def predict_heatmaps(self, features):
        return self.maps


def box_mask(left: int, top: int, right: int, bottom: int) -> np.ndarray:
    mask = np.zeros((SIZE, SIZE), bool)
    mask[top:bottom, left:right] = True
    return mask


def person(mask: np.ndarray) -> Instance:
    return coco_instance(mask, category_id=1, score=0.9)


def label(joints, *, option='keep', objects=None, semantic=None) -> Annotation:
    annotator = PoseAnnotator(
        model=Maps(joints),
        options=PoseOptions(config='', mask=option, box_padding=1.0),
        instance_ids=None if objects is None else dict(person=1),
        semantic_classes=None if semantic is None else ('background', 'person'),
    )
    others = {}
    if semantic is not None:
        others['semantic'] = [Annotation(labels=semantic, scores={})]
    if objects is not None:
        others['instance'] = [Annotation(labels=objects, scores={})]
    (found,) = annotator.label((), [PROMPT], image_size=(SIZE, SIZE), annotations=others)
    return found


def visibility(annotation: Annotation) -> list[list[int]]:
    return [one.keypoints[2::3] for one in annotation.labels]


MASK = box_mask(5, 6, 12, 26)


def test_one_of_two_visible_keypoints_lies_outside():
    found = label(JOINTS, objects=[person(MASK)])
    assert visibility(found) == [[2, 2, 1, 0]]
    assert found.labels[0].keypoints[:6] == [8, 12, 2, 14, 12, 2]
    assert (found.scores.keypoints_outside_mask, found.scores.agreement) == (0.5, 0.5)


def test_clip_hides_it():
    found = label(JOINTS, option='clip', objects=[person(MASK)])
    assert visibility(found) == [[2, 0, 1, 0]], 'a joint that is covered may lie beside the mask'
    assert found.labels[0].keypoints[3:6] == [0, 0, 0] and found.labels[0].num_keypoints == 2
    assert (found.scores.keypoints_outside_mask, found.scores.agreement) == (0.5, 1.0)


def test_clip_may_leave_nobody():
    found = label(JOINTS[1:2], option='clip', objects=[person(MASK)])
    assert found.labels == [] and found.scores == PoseScores(persons=0, confidence=0.0, keypoints_outside_mask=1.0)


@pytest.mark.parametrize(('beside', 'persons'), [(1, 1), (2, 0)])
def test_drop_takes_persons_with_most_of_their_keypoints_outside(beside, persons):
    joints = [(8, 12, 0.9), *((14, 12 + i, 0.9) for i in range(beside))]
    found = label(joints, option='drop', objects=[person(MASK)])
    assert len(found.labels) == found.scores.persons == persons
    assert found.scores.keypoints_outside_mask == pytest.approx(beside / (1 + beside), abs=1e-4)
    assert found.scores.agreement == (0.5 if persons else None)


def test_each_person_has_a_mask_of_its_own():
    """The same heat maps, read in two boxes: what lies in the first mask lies outside of the second."""
    found = label(JOINTS[:2], objects=[person(MASK), person(box_mask(13, 6, 20, 26))])
    assert visibility(found) == [[2, 2], [2, 2]] and found.scores.keypoints_outside_mask == 0.5
    clipped = label(JOINTS[:2], option='clip', objects=[person(MASK), person(box_mask(13, 6, 20, 26))])
    assert visibility(clipped) == [[2, 0], [0, 2]]


def test_semantic_labels_and_their_ignored_pixels():
    semantic = MASK.astype(np.uint8)
    assert label(JOINTS, semantic=semantic).scores.keypoints_outside_mask == 0.5
    semantic[12, 14] = 255
    assert asdict(label(JOINTS, semantic=semantic, option='clip').scores) == pytest.approx(
        dict(persons=1, confidence=(0.9 + 0.8 + 0.2 + 0.01) / 4, keypoints_outside_mask=0.0, agreement=1.0),
        abs=1e-4,
    )


def test_instances_come_before_semantic_labels():
    found = label(JOINTS, objects=[person(MASK)], semantic=np.ones((SIZE, SIZE), np.uint8))
    assert found.scores.keypoints_outside_mask == 0.5


def test_without_masks_there_is_no_fraction():
    found = label(JOINTS)
    assert visibility(found) == [[2, 2, 1, 0]] and found.scores.keypoints_outside_mask is found.scores.agreement is None
    assert found.labels[0].bbox == [7.28, 11.28, 8.44, 10.44], 'keypoints from 8, 12 to 15, 21, and 0.08 of 9 around'


def test_a_pixel_goes_from_its_number_to_the_next():
    region = PersonRegion(box_mask(3, 3, 4, 4), known=True)
    assert region.outside(np.array([[3.0, 3.0], [3.99, 3.99], [4.0, 3.0], [3.0, 2.99]])).tolist() == [0, 0, 1, 1]


def test_the_fractions_of_a_data_set():
    totals = Totals((), ())
    record = dict(id=0, name='', prompt='', files={}, failed=None, classes=['person'])
    for scores in (
        PoseScores(persons=2, confidence=0.5, keypoints_outside_mask=0.25, agreement=1.0),
        PoseScores(persons=0, confidence=0.0, keypoints_outside_mask=0.75),
        PoseScores(persons=0, confidence=0.0),
    ):
        totals.add(SampleRecord(**record, scores=Scores(pose=scores)))
    report = totals.report()
    assert (report['persons'], report['keypoints_outside_mask'], report['keypoint_agreement']) == (2, 0.5, 1.0)
    assert report['agreement'] is None


def test_mistakes(recipe_file):
    with pytest.raises(UserError, match=r"decoders\.pose\.mask is 'cut'; it must be 'keep', 'clip' or 'drop'"):
        build(PoseOptions, dict(config='', mask='cut'), where='decoders.pose')
    with pytest.raises(UserError, match=r'decoders\.pose\.keypoints_padding is -1; it must be 0 or more'):
        build(PoseOptions, dict(config='', keypoints_padding=-1), where='decoders.pose')
    pose = dict(config=str(recipe_file), checkpoint=str(recipe_file), mask='clip')
    with pytest.raises(UserError, match=r"decoders\.pose\.mask 'clip' needs an instance or a semantic decoder"):
        load_recipe(recipe_file, options={'decoders': dict(_delete_=True, pose=pose)})


def test_all_that_labels_depend_on_is_in_the_identity():
    annotator = PoseAnnotator(
        model=Maps(JOINTS), options=PoseOptions(config='', mask='clip'), instance_ids=dict(person=1)
    )
    assert annotator.identity == dict(
        person='person', box_padding=0.1, keypoints_padding=0.08, visible=0.3, labelled=0.1, mask='clip'
    )


def test_hidden_in_a_whole_data_set(tmp_path, make_recipe, toy_generator_folder):
    decoders = {}
    for task, write in dict(instance=write_instance_decoder, pose=write_pose_decoder).items():
        config, checkpoint = write(tmp_path, toy_generator_folder)
        decoders[task] = dict(config=str(config), checkpoint=str(checkpoint))
    decoders['instance'].update(min_score=0.01, max_overlap=1.0, min_fraction=0.0)
    decoders['pose'].update(mask='clip')
    done = generate(make_recipe({'decoders': decoders}), tmp_path / 'out', num=4)
    objects, people = (COCO(tmp_path / f'out/Annotations/{n}_all.json') for n in ('instances', 'person_keypoints'))
    assert done.persons == len(people.anns) and 0 < done.keypoints_outside_mask < 1 and done.keypoint_agreement == 1.0
    for one in people.anns.values():
        (mask,) = (
            objects.annToMask(other).astype(bool)
            for other in objects.imgToAnns[one['image_id']]
            if other['category_id'] == 1 and other['bbox'] == one['bbox'] and other['area'] == one['area']
        )
        joints = np.array(one['keypoints']).reshape(17, 3)
        x, y = joints[joints[:, 2] == 2, :2].astype(int).T
        assert mask[y, x].all()


def test_keypoints_of_an_image_that_is_not_square():
    """Its maps have its own shape, not that of the images in training."""
    model = Maps(())
    model.maps = torch.zeros(1, 2, SIZE, 2 * SIZE)
    model.maps[0, 0, 12, 8] = model.maps[0, 1, 20, 50] = 0.9
    annotator = PoseAnnotator(model=model, options=PoseOptions(config=''))
    (found,) = annotator.label([], [PROMPT], image_size=(SIZE, 2 * SIZE), annotations={})
    points = np.reshape(found.labels[0].keypoints, (-1, 3))
    assert points[:, :2].round().tolist() == [[8, 12], [50, 20]]
