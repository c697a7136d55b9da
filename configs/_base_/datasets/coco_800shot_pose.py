# COCO's people in crops of their own for training a decoder, 17 joints: those of 800 images of train2017 (DatasetDM
# supp. table 1), all of val2017's for validation, in the boxes of the labels.
_base_ = './coco_pose.py'

codec = dict(_base_.codec, input_size=(512, 512), heatmap_size=(160, 160), sigma=5)
load, centre, *_ = _base_.train_pipeline
affine = dict(type='TopdownAffine', input_size=codec['input_size'])
# DatasetDM supp. 1.3: scale, crop, flip, rotation
train_pipeline = [
    load,
    centre,
    dict(
        type='mmdatasetdm.FixedVariants',
        variants=4,  # of some 2,000 people
        transforms=[
            dict(type='RandomFlip', direction='horizontal'),
            dict(type='RandomBBoxTransform', scale_factor=(0.75, 1.5), rotate_factor=40.0),
            affine,
        ],
    ),
    dict(type='GenerateTarget', encoder=codec),
    _base_.pack,
]
test_pipeline = [load, centre, affine, _base_.pack]
train_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    dataset=dict(images=800, pipeline=train_pipeline),
)
val_dataloader = dict(batch_size=4, num_workers=2, persistent_workers=True, dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
