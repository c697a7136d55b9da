# COCO's people in crops of their own, 17 joints: a folder of COCO's layout, or a part of it with small pictures.
data_root = '{{$MMDATASETDM_TEST_DATA:../shared/data}}/coco_pose'
download = (
    'Put images of COCO 2017 there as images/ and annotations/person_keypoints_{train,val}.json; '
    'MMDATASETDM_TEST_DATA names the folder that holds coco_pose/'
)
# mmpose's inferencer asks for these two
dataset_type = 'CocoDataset'
data_mode = 'topdown'
codec = dict(type='MSRAHeatmap', input_size=(128, 128), heatmap_size=(64, 64), sigma=2)
pack = dict(type='PackPoseInputs')
train_pipeline = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale', padding=1.25),
    # supp 1.3: scale, crop, flip, rotation
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
people = dict(
    type='CocoDataset',
    data_root=data_root,
    data_mode='topdown',
    ann_file='annotations/person_keypoints_train.json',
    data_prefix=dict(img='images/'),
)
train_dataloader = dict(
    batch_size=8,
    num_workers=0,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(type='mmdatasetdm.FewShotDataset', download=download, pipeline=train_pipeline, dataset=people),
)
# the boxes of the labels, no detector's
test_people = dict(people, ann_file='annotations/person_keypoints_val.json', test_mode=True)
val_dataloader = dict(
    batch_size=20,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(type='mmdatasetdm.FewShotDataset', download=download, pipeline=test_pipeline, dataset=test_people),
)
test_dataloader = val_dataloader
val_evaluator = dict(type='CocoMetric', ann_file=f'{data_root}/annotations/person_keypoints_val.json')
test_evaluator = val_evaluator
