"""Every kind of label from the runner: depth, instances, names of an open vocabulary and keypoints beside the masks."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from PIL import Image
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from mmdatasetdm.datasets import SyntheticDataset
from mmdatasetdm.errors import UserError
from mmdatasetdm.generation import generate
from mmdatasetdm.registry import MODELS
from mmdatasetdm.visualization import write_report
from tests.generation.conftest import (
    CLASSES,
    HEADS,
    contents,
    manifest,
    write_decoder,
    write_depth_decoder,
    write_instance_decoder,
    write_pose_decoder,
)


def all_instances(out: Path) -> list[dict]:
    return json.loads((out / 'Annotations/instances_all.json').read_text())['annotations']


def test_depth_beside_the_masks_and_alone(tmp_path, make_recipe, whole, toy_generator_folder):
    config, checkpoint = write_depth_decoder(tmp_path, toy_generator_folder)
    depth = dict(depth=dict(config=str(config), checkpoint=str(checkpoint)))
    both = make_recipe({'decoders': depth})
    assert set(both.decoders) == {'semantic', 'depth'}
    done = generate(both, tmp_path / 'both', num=5)
    assert done.tasks == ['semantic', 'depth']
    assert done.data_prefix == dict(img_path='JPEGImages', seg_map_path='SegmentationClass', depth_map_path='Depth')
    with_depth, without = contents(tmp_path / 'both'), contents(whole)
    for name in ('JPEGImages/00000003.png', 'SegmentationClass/00000003.png'):
        assert with_depth[name] == without[name], 'a further decoder changes nothing else'

    alone = make_recipe({'decoders': depth, 'writer.depth_scale': 256})
    del alone.decoders['semantic']
    relabelled = generate(alone, tmp_path / 'alone', relabel=tmp_path / 'both')
    assert relabelled.classes == [] and relabelled.mean_confidence is None
    assert not (tmp_path / 'alone/SegmentationClass').exists()
    for line in manifest(tmp_path / 'both'):
        metres = np.asarray(Image.open(tmp_path / 'both' / line['files']['depth'])) / 1000
        kitti = np.asarray(Image.open(tmp_path / 'alone' / line['files']['depth'])) / 256
        assert metres.shape == (64, 64) and np.abs(metres - kitti).max() < 0.003
        assert line['scores']['depth']['nearest'] == pytest.approx(metres.min(), abs=1e-3)
    assert write_report(tmp_path / 'alone', tmp_path / 'page', samples=2).is_file()


def test_a_decoder_of_another_task_is_a_mistake(tmp_path, make_recipe, toy_generator_folder):
    config, checkpoint = write_depth_decoder(tmp_path, toy_generator_folder)
    recipe = make_recipe({'decoders.semantic.config': str(config), 'decoders.semantic.checkpoint': str(checkpoint)})
    with pytest.raises(UserError, match=r'decoder semantic: .*depth.py is the config of a decoder for another task'):
        generate(recipe, tmp_path / 'out', num=1)


@pytest.mark.parametrize('head', HEADS)
def test_instances_beside_the_masks(tmp_path, make_recipe, whole, toy_generator_folder, head):
    config, checkpoint = write_instance_decoder(tmp_path, toy_generator_folder, head=head)
    options = dict(config=str(config), checkpoint=str(checkpoint), min_score=0.05, category_ids=[1, 62, 67, 63])
    recipe = make_recipe({'decoders': dict(instance=options), 'filters': [dict(type='InstanceCount', at_most=3)]})
    done = generate(recipe, tmp_path / 'out', num=8)
    again = generate(recipe, tmp_path / 'again', num=8)
    assert done.instances == again.instances > 0 and 0 <= done.agreement <= 1
    name = 'SegmentationClass/00000007.png'
    assert contents(tmp_path / 'out') == contents(tmp_path / 'again')
    assert contents(tmp_path / 'out')[name] == contents(whole)[name], 'a further decoder changes nothing else'

    crowds = [one for one in all_instances(tmp_path / 'out') if one['iscrowd']]
    assert len(crowds) == done.uncertain_instances
    every, train = (COCO(tmp_path / f'out/Annotations/instances_{part}.json') for part in ('all', 'train'))
    assert len(every.imgs) == 8 and len(train.imgs) == done.selected <= 8
    assert {category['id']: category['name'] for category in every.cats.values()} == dict(
        zip((1, 62, 67, 63), CLASSES[1:], strict=True)
    )
    for image in every.imgs.values():
        found = every.imgToAnns[image['id']]
        masks = [every.annToMask(one) for one in found]
        assert (tmp_path / 'out/JPEGImages' / image['file_name']).is_file() and image['height'] == 64
        assert all(mask.sum() == one['area'] > 0 for mask, one in zip(masks, found, strict=True))
        assert sum(masks, np.zeros((64, 64))).max() <= 1, 'objects share no pixel'
    assert all('instances' not in line for line in manifest(tmp_path / 'out'))
    page = write_report(tmp_path / 'out', tmp_path / 'page', samples=3).read_text()
    assert 'data-view="instances"' in page and 'instances, ' in page

    clipped = generate(
        make_recipe({'decoders': dict(instance=dict(options, semantic='clip'))}), tmp_path / 'clip', num=4
    )
    assert clipped.agreement == 1.0
    stock = dict(type='mmdet.CocoDataset', metainfo=dict(classes=CLASSES[1:]), pipeline=[], filter_cfg=None)
    dataset = SyntheticDataset(dataset=stock, root=str(tmp_path / 'out'))
    assert len(dataset) == done.selected
    assert sum(len(dataset.get_data_info(i)['instances']) for i in range(len(dataset))) == len(train.anns)
    with pytest.raises(UserError, match='class sofa is not in the data set config'):
        SyntheticDataset(dataset=dict(stock, metainfo=dict(classes=CLASSES[1:4])), root=str(tmp_path / 'out'))
    with pytest.raises(UserError, match=r'has no Annotations/instances_train\.json: its recipe'):
        SyntheticDataset(dataset=stock, root=str(whole))


def test_an_open_vocabulary_labels_the_names_of_the_recipe(tmp_path, make_recipe, toy_generator_folder):
    config, checkpoint = write_decoder(tmp_path, toy_generator_folder)
    named = dict(classes=['background', 'lamp', 'sofa'], ignore=dict(score=0.0))
    fixed = make_recipe({f'decoders.semantic.{key}': value for key, value in named.items()})
    with pytest.raises(UserError, match='has a fixed list of classes; an open_vocabulary decoder takes any'):
        generate(fixed, tmp_path / 'fixed', num=1)

    config = tmp_path / 'open.py'
    config.write_text(f"""
_base_ = {str(tmp_path / 'decoder.py')!r}
model = dict(
    backbone=dict(prompt=None, class_phrases=['person', 'chair'], prompt_template='a room with {{classes}}'),
    decode_head=dict(num_classes=3, phrase_classes=[1, 2], open_vocabulary=True))
""")
    torch.manual_seed(0)
    model = MODELS.build(Config.fromfile(config).model)
    checkpoint = tmp_path / 'open.pth'
    torch.save(
        dict(state_dict=model.state_dict(), meta=dict(dataset_meta=dict(classes=('background', 'person', 'chair')))),
        checkpoint,
    )
    files = dict(config=str(config), checkpoint=str(checkpoint))
    options = {f'decoders.semantic.{key}': value for key, value in {**named, **files}.items()}
    recipe = make_recipe({**options, 'prompts.classes': ['lamp', 'sofa']})
    done = generate(recipe, tmp_path / 'open', num=2)
    assert done.classes == named['classes'] and set(done.per_class) == set(named['classes'])
    with pytest.raises(UserError, match=r"decoders\.semantic\.classes is .*; 'lamp' stands there twice"):
        make_recipe({**options, 'decoders.semantic.classes': ['background', 'lamp', 'lamp']})
    for names in (['lamp', 'background'], ['background']):
        with pytest.raises(UserError, match=r"it must be 'background' and then the names, each once"):
            generate(make_recipe({**options, 'decoders.semantic.classes': names}), tmp_path / 'no', num=1)


def options_of(task: str, files: tuple[Path, Path], **more) -> dict:
    return {task: dict(config=str(files[0]), checkpoint=str(files[1]), **more)}


def test_keypoints_of_persons(tmp_path, make_recipe, whole, toy_generator_folder):
    pytest.importorskip('mmpose', reason='mmpose is not installed')
    pose = write_pose_decoder(tmp_path, toy_generator_folder)
    instance = write_instance_decoder(tmp_path, toy_generator_folder)
    decoders = {
        **options_of('instance', instance, min_score=0.01, max_overlap=1.0, min_fraction=0.0),
        **options_of('pose', pose),
    }
    done = generate(make_recipe({'decoders': decoders}), tmp_path / 'out', num=8)
    files = (tmp_path / f'out/Annotations/{name}_all.json' for name in ('instances', 'person_keypoints'))
    objects, people = map(COCO, files)
    persons = [one for one in objects.anns.values() if one['category_id'] == 1]
    assert len(people.anns) == len(persons) > 0, 'each person has joints'
    (person,) = people.cats.values()
    assert person['name'] == 'person' and len(person['keypoints']) == 17 and [16, 14] in person['skeleton']
    for one in people.anns.values():
        joints = np.array(one['keypoints']).reshape(17, 3)
        left, top, width, height = one['bbox']
        assert one['num_keypoints'] == (joints[:, 2] > 0).sum() > 0 and set(joints[:, 2]) <= {0, 1, 2}
        seen = joints[joints[:, 2] > 0]
        margin = 0.1 * max(width, height) + 8  # and a cell of the heat map
        assert (seen[:, 0] >= left - margin).all() and (seen[:, 0] <= left + width + margin).all()
        assert (seen[:, 1] >= top - margin).all() and (seen[:, 1] <= top + height + margin).all()
    evaluation = COCOeval(people, people.loadRes([dict(one, score=1.0) for one in people.anns.values()]), 'keypoints')
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    assert evaluation.stats[0] > 0.99, 'the evaluation reads them, and finds them where they are'
    page = write_report(tmp_path / 'out', tmp_path / 'page', samples=3).read_text()
    assert 'data-view="keypoints"' in page and '>persons, ' in page and 'all_labels.png' in page

    init_default_scope('mmpose')
    stock = dict(type='CocoDataset', data_mode='topdown', pipeline=[])
    dataset = SyntheticDataset(dataset=stock, root=str(tmp_path / 'out'))
    init_default_scope('mmseg')
    assert len(dataset) == len(people.anns) and done.selected == 8

    alone = make_recipe({'decoders': options_of('pose', pose), 'prompts.classes': ['person', 'sofa']})
    del alone.decoders['semantic']
    generate(alone, tmp_path / 'alone', num=4)
    people = COCO(tmp_path / 'alone/Annotations/person_keypoints_all.json')
    prompted = [line['id'] + 1 for line in manifest(tmp_path / 'alone') if 'person' in line['classes']]
    assert [one['image_id'] for one in people.anns.values()] == prompted, 'one person where the prompt names one'
    with pytest.raises(UserError, match=r'decoders\.pose\.person: the semantic decoder has no class cat'):
        generate(make_recipe({'decoders': options_of('pose', pose, person='cat')}), tmp_path / 'no', num=1)
