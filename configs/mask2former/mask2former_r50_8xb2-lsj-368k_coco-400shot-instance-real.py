# Paper, table of COCO instances: Mask2Former R50, setting "real": 400 labelled images (4.4 AP, whatever the class).
# The stock COCO config on 5 images of each class, those of configs/datasetdm; real classes, and the class-agnostic AP
# beside them. 800 images: --cfg-options train_dataloader.dataset.per_class=10
# The schedule is stock, too: its 368,750 iterations of 16 images are 50 passes over COCO, but 14,750 over 400 images
# and 74 over 80,000. The config of 40k iterations beside it takes a ninth of the time.
_base_ = [
    '../_base_/import_mmdet.py',
    '../_base_/datasets/coco_instances.py',
    '../_base_/datasets/decoder_transforms.py',
    'mmdet::mask2former/mask2former_r50_8xb2-lsj-50e_coco.py',
]

# to which crowds are no background
model = dict(panoptic_head=dict(type='mmdatasetdm.InstanceMask2FormerHead'))
data_root = _base_.coco_root
real = dict(_base_.coco_400shot, pipeline=_base_.train_pipeline)
synthetic = dict(
    type='mmdatasetdm.SyntheticDataset',
    root='data/synthetic/coco',
    dataset=dict(
        type='CocoDataset', filter_cfg=dict(filter_empty_gt=True, min_size=32), pipeline=_base_.train_pipeline
    ),
)
train_dataloader = dict(dataset=dict(_delete_=True, **real))
# tools/test.py --tta: what is found in the image and in its mirror image
load, resize, annotations = _base_.test_pipeline[:3]
tta_model = dict(type='mmdatasetdm.InstanceTTAModel')
tta_pipeline = [
    load,
    dict(
        type='TestTimeAug',
        transforms=[[resize], _base_.flips, [annotations], [_base_.pack_det_tta]],
    ),
]
val_dataloader = dict(dataset=dict(_delete_=True, pipeline=_base_.test_pipeline, **_base_.coco_val))
test_dataloader = val_dataloader
val_evaluator = _base_.coco_evaluators
test_evaluator = val_evaluator
default_hooks = dict(visualization=dict(draw=True, interval=500))
