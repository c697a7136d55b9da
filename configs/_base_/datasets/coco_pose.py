# COCO's people in crops of their own, 17 joints: those of 400 images of train2017; all of val2017's for validation.
_base_ = './coco_persons.py'

data_root = '{{$MMDATASETDM_COCO:data/coco}}'
download = (
    'Put COCO 2017 there as train2017/, val2017/ and annotations/person_keypoints_{train,val}2017.json, or set '
    'MMDATASETDM_COCO to the folder'
)
# mmpose's inferencer asks for these two
dataset_type = 'CocoDataset'
data_mode = 'topdown'
codec = dict(type='MSRAHeatmap', input_size=(128, 128), heatmap_size=(64, 64), sigma=2)
pack = dict(type='PackPoseInputs')
train_pipeline = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale', padding=1.25),
    # DatasetDM supp. 1.3: scale, crop, flip, rotation
    dict(
        type='mmdatasetdm.FixedVariants',
        variants=8,
        transforms=[
            dict(type='RandomFlip', direction='horizontal'),
            dict(type='RandomBBoxTransform', rotate_factor=30.0),
            dict(type='TopdownAffine', input_size=codec['input_size']),
        ],
    ),
    dict(type='GenerateTarget', encoder=codec),
    pack,
]
test_pipeline = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale', padding=1.25),
    dict(type='TopdownAffine', input_size=codec['input_size']),
    pack,
]
persons = dict(_base_.coco_persons, data_root=data_root)
train_dataloader = dict(
    batch_size=8,
    num_workers=0,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(
        type='mmdatasetdm.FewShotDataset', images=400, download=download, pipeline=train_pipeline, dataset=persons
    ),
)
# the boxes of the labels, no detector's
test_persons = dict(
    persons,
    ann_file='annotations/person_keypoints_val2017.json',
    data_prefix=dict(img='val2017/'),
    test_mode=True,
)
val_dataloader = dict(
    batch_size=20,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(type='mmdatasetdm.FewShotDataset', download=download, pipeline=test_pipeline, dataset=test_persons),
)
test_dataloader = val_dataloader
val_evaluator = dict(type='CocoMetric', ann_file=f'{data_root}/annotations/person_keypoints_val2017.json')
test_evaluator = val_evaluator
