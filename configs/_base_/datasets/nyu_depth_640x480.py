# NYU Depth v2 at 640x480 for training a decoder: images evenly spaced in the training split, the whole test split.
_base_ = './nyu.py'

train_pipeline = [
    *_base_.load,
    # without the white frame, which generated images do not have
    dict(type='mmdatasetdm.CropRegion', top=45, bottom=472, left=43, right=608),
    # DatasetDM supp. 1.3: flip, crop, brightness and contrast, hue and saturation
    dict(
        type='mmdatasetdm.FixedVariants',
        variants=128,  # of 50 images; their latents are kept (the backbone's cache)
        transforms=[
            dict(type='RandomCrop', crop_size=(384, 512)),
            dict(type='RandomFlip', prob=0.5),
            dict(type='PhotoMetricDistortion'),
        ],
    ),
    dict(type='PackSegInputs'),
]
train_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(_base_.few_images, pipeline=train_pipeline),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=_base_.whole_test_split,
)
test_dataloader = val_dataloader
