"""Uncertain objects from the recipe to the losses: crowds in the file, ignored by mmdet, no negatives for our heads."""

import json

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope
from pycocotools.coco import COCO

from mmdatasetdm.datasets import SyntheticDataset
from mmdatasetdm.generation import generate, load_recipe
from mmdatasetdm.registry import MODELS
from tests.generation.conftest import CLASSES, write_instance_decoder

TRAIN = 'configs/mask2former/mask2former_r18_1xb8-2k_toyroom-instance-synthetic-128x128.py'


@pytest.fixture(scope='module')
def folder(tmp_path_factory, recipe_file, toy_generator_folder):
    """Objects of which some are sure and some are not; they share no pixel."""
    root = tmp_path_factory.mktemp('crowds')
    config, checkpoint = write_instance_decoder(root, toy_generator_folder, head='pixels')
    options = dict(config=str(config), checkpoint=str(checkpoint), min_score=0.0, min_fraction=0.01)
    generate(load_recipe(recipe_file, options={'decoders': dict(instance=options)}), root / 'first', num=6)
    found = json.loads((root / 'first/Annotations/instances_all.json').read_text())['annotations']
    options.update(min_score=float(np.median([one['score'] for one in found])), ignore_score=0.0)
    generate(load_recipe(recipe_file, options={'decoders': dict(instance=options)}), root / 'out', num=6)
    init_default_scope('mmseg')
    return root / 'out'


def test_what_is_written(folder):
    done, coco = json.loads((folder / 'dataset.json').read_text()), COCO(folder / 'Annotations/instances_all.json')
    crowds = [one for one in coco.anns.values() if one['iscrowd']]
    assert 0 < len(crowds) == done['uncertain_instances'] and len(coco.anns) == len(crowds) + done['instances']
    assert max(one['score'] for one in crowds) <= min(one['score'] for one in coco.anns.values() if not one['iscrowd'])
    for image in coco.imgs:
        masks = [coco.annToMask(one) for one in coco.imgToAnns[image]]
        assert all(isinstance(one['segmentation'], dict) for one in coco.imgToAnns[image])
        assert sum(masks, np.zeros((64, 64))).max() <= 1
    share = sum(one['area'] for one in crowds) / (64 * 64 * len(coco.imgs))
    assert done['ignored_fraction_of_instances'] == pytest.approx(share, abs=1e-3)


def test_mmdet_trains_on_it(folder):
    """The stock pipeline and a batch of our Mask2Former: crowds have no gradient, padding and background have."""
    config = Config.fromfile(TRAIN)
    init_default_scope('mmdet')
    stock = config.train_dataloader.dataset.dataset
    stock.update(
        metainfo=dict(classes=CLASSES[1:]), pipeline=[step for step in stock.pipeline if 'Random' not in step.type]
    )
    dataset = SyntheticDataset(dataset=stock, root=str(folder))
    items = [dataset[index] for index in range(len(dataset))]
    crowded = [item for item in items if item is not None and len(item['data_samples'].ignored_instances)]
    assert crowded
    head = config.model.panoptic_head
    head.update(num_things_classes=4, loss_cls=dict(head.loss_cls, class_weight=[1.0] * 4 + [0.1]))
    config.model.panoptic_fusion_head.num_things_classes = 4
    torch.manual_seed(0)
    model = MODELS.build(config.model).train()
    kept = []

    def keep(module, args, outputs):
        for mask in outputs[1]:
            mask.retain_grad()
        kept.extend(outputs[1])

    model.panoptic_head.register_forward_hook(keep)
    batch = model.data_preprocessor(pseudo_collate(crowded[:2]), training=True)
    losses = model(**batch, mode='loss')
    sum(value for value in losses.values()).backward()
    init_default_scope('mmseg')
    for row, sample in enumerate(batch['data_samples']):
        crowd = sample.ignored_instances.masks.to_tensor(torch.bool, 'cpu').any(0)
        crowd = torch.nn.functional.pad(crowd, (0, 128 - crowd.shape[1], 0, 128 - crowd.shape[0]))
        inside = torch.nn.functional.avg_pool2d(crowd[None].float(), 4)[0] == 1  # cells of the masks, at stride 4
        gradient = kept[-1].grad[row].abs().sum(0)
        assert not gradient[inside].any()
        if len(sample.gt_instances):
            assert gradient[~inside].any()
