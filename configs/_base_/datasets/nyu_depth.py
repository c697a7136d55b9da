# NYU Depth v2 at 320x240: images evenly spaced in the 795 for training, 654 for test; depth is 16-bit millimetres.
_base_ = './nyu.py'

load = [
    dict(type='LoadImageFromFile'),
    # before the depth is read: predictions are compared with it at its own size
    dict(type='Resize', scale=(320, 256), keep_ratio=False),
    dict(type='LoadDepthAnnotation', depth_rescale_factor=1e-3),
]
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadDepthAnnotation', depth_rescale_factor=1e-3),
    # DatasetDM supp. 1.3: flip, crop, brightness and contrast, hue and saturation
    dict(
        type='mmdatasetdm.FixedVariants',
        variants=4,
        transforms=[
            dict(type='Resize', scale=(320, 256), keep_ratio=False),
            dict(type='RandomCrop', crop_size=(256, 256)),
            dict(type='RandomFlip', prob=0.5),
            dict(type='PhotoMetricDistortion'),
        ],
    ),
    dict(type='PackSegInputs'),
]
val_pipeline = [*load, dict(type='PackSegInputs')]
# of a photograph: mmseg's inference_model leaves out LoadAnnotations alone
test_pipeline = [*load[:2], dict(type='PackSegInputs')]
# tools/test.py --tta: the mean of the image and of its mirror image
tta_pipeline = [
    val_pipeline[0],
    dict(type='TestTimeAug', transforms=[_base_.flips, *([step] for step in val_pipeline[1:])]),
]
train_dataloader = dict(
    batch_size=4,
    num_workers=0,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(_base_.few_images, pipeline=train_pipeline),
)
# The official split has no validation images: every sixth of the test images stands for them during training.
val_dataloader = dict(
    batch_size=4,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='mmdatasetdm.FewShotDataset',
        num=109,
        download=_base_.download,
        pipeline=val_pipeline,
        dataset=_base_.test_images,
    ),
)
test_dataloader = dict(
    val_dataloader,
    dataset=dict(
        type='mmdatasetdm.FewShotDataset', download=_base_.download, pipeline=val_pipeline, dataset=_base_.test_images
    ),
)
# the whole image counts: no crop
val_evaluator = dict(_delete_=True, type='DepthMetric', max_depth_eval=10.0, depth_scale_factor=1000.0)
test_evaluator = val_evaluator
