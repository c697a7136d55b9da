# Paper, table of COCO instances: Mask2Former R50, setting "real": 400 labelled images (4.4 AP, whatever the class).
# The stock COCO config on images evenly spaced in train2017; real classes, and the class-agnostic AP beside them.
# The schedule is stock, too: its 368,750 iterations of 16 images are 50 passes over COCO, but 14,750 over 400 images
# and 74 over 80,000. The config of 40k iterations beside it takes a ninth of the time.
_base_ = [
    '../_base_/import_mmdet.py',
    '../_base_/datasets/decoder_transforms.py',
    'mmdet::mask2former/mask2former_r50_8xb2-lsj-50e_coco.py',
]

# to which crowds are no background
model = dict(panoptic_head=dict(type='mmdatasetdm.InstanceMask2FormerHead'))
data_root = '{{$MMDATASETDM_COCO:data/coco}}/'
download = (
    'Put COCO 2017 there as train2017/, val2017/ and annotations/instances_{train,val}2017.json, or set '
    'MMDATASETDM_COCO to the folder'
)
objects = dict(
    type='CocoDataset',
    data_root=data_root,
    ann_file='annotations/instances_train2017.json',
    data_prefix=dict(img='train2017/'),
    filter_cfg=dict(filter_empty_gt=True, min_size=32),
    pipeline=_base_.train_pipeline,
)
real = dict(type='mmdatasetdm.FewShotDataset', num=400, download=download, dataset=objects)
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
# the stock config has its own data_root in each of these
val_dataloader = dict(dataset=dict(data_root=data_root))
test_dataloader = val_dataloader
val_file = data_root + 'annotations/instances_val2017.json'
val_evaluator = [
    dict(_base_.val_evaluator, ann_file=val_file),
    dict(type='mmdatasetdm.ClassAgnosticCocoMetric', ann_file=val_file),
]
test_evaluator = val_evaluator
default_hooks = dict(visualization=dict(draw=True, interval=500))
