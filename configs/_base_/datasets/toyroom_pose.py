# The people of the built-in world with 17 joints (COCO), for training a decoder.
_base_ = ['./toyroom_world.py', './decoder_transforms.py']
data_root = _base_.toyroom_root
# mmpose's inferencer asks for these two
dataset_type = 'CocoDataset'
data_mode = 'topdown'
codec = dict(type='MSRAHeatmap', input_size=(128, 128), heatmap_size=(64, 64), sigma=2)
# Each person is read in a crop of its own, as near as the cameras of generated people are: in a whole image of this
# world a person is six latent cells high, and 17 joints are not told apart. The prompt has the name (prompt_template).
named = dict(type='mmdatasetdm.ListedClasses', file=f'{data_root}/captions.jsonl', among=['person'])
pack = dict(
    type='PackPoseInputs',
    meta_keys=(
        'id',
        'img_id',
        'img_path',
        'category_id',
        'ori_shape',
        'img_shape',
        'input_size',
        'input_center',
        'input_scale',
        'flip',
        'flip_direction',
        'flip_indices',
        'raw_ann_info',
        'dataset_name',
        'present_classes',
    ),
)
# DatasetDM supp. 1.3: scale, crop, flip, rotation; and colours. Never the same crop twice: of 64 fixed variants of
# sixteen people the decoder learnt nothing but those.
train_pipeline = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale', padding=1.25),
    dict(type='RandomFlip', direction='horizontal'),
    dict(type='RandomBBoxTransform', scale_factor=(0.9, 1.8), rotate_factor=40.0),
    dict(type='TopdownAffine', input_size=codec['input_size']),
    dict(type='PhotometricDistortion'),
    dict(type='GenerateTarget', encoder=codec),
    named,
    _base_.drop_names,
    pack,
]
test_pipeline = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale', padding=1.25),
    dict(type='TopdownAffine', input_size=codec['input_size']),
    named,
    pack,
]
persons = dict(_base_.toyroom_persons, pipeline=train_pipeline)
train_dataloader = dict(_base_.toyroom_train_loader, dataset=persons)
val_dataloader = dict(
    batch_size=10,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(persons, ann_file='Annotations/person_keypoints_val.json', test_mode=True, pipeline=test_pipeline),
)
test_dataloader = dict(
    val_dataloader, dataset=dict(val_dataloader['dataset'], ann_file='Annotations/person_keypoints_test.json')
)
val_evaluator = dict(type='CocoMetric', ann_file=f'{data_root}/Annotations/person_keypoints_val.json')
test_evaluator = dict(val_evaluator, ann_file=f'{data_root}/Annotations/person_keypoints_test.json')
