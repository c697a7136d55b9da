# NYU Depth v2 at 640x480 for training a decoder: images evenly spaced in the training split, the whole test split.
data_root = '{{$MMDATASETDM_NYU:data/nyu}}'
download = (
    'Put NYU Depth v2 there as images/{train,test}/NAME.jpg and depth/{train,test}/NAME.png in millimetres, or '
    'set MMDATASETDM_NYU to the folder'
)
load = [dict(type='LoadImageFromFile'), dict(type='LoadDepthAnnotation', depth_rescale_factor=1e-3)]
train_pipeline = [
    *load,
    # without the white frame, which generated images do not have
    dict(type='mmdatasetdm.CropRegion', top=45, bottom=472, left=43, right=608),
    # DatasetDM supp. 1.3: flip, crop, brightness and contrast, hue and saturation
    dict(type='RandomCrop', crop_size=(384, 512)),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PhotoMetricDistortion'),
    dict(type='PackSegInputs'),
]
val_pipeline = [*load, dict(type='PackSegInputs')]
# of a photograph: mmseg's inference_model leaves out LoadAnnotations alone
test_pipeline = [dict(type='LoadImageFromFile'), dict(type='PackSegInputs')]
# tools/test.py --tta: the mean of the image and of its mirror image
flips = [dict(type='RandomFlip', prob=0.0), dict(type='RandomFlip', prob=1.0)]
tta_model = dict(type='mmdatasetdm.DepthTTAModel')
tta_pipeline = [val_pipeline[0], dict(type='TestTimeAug', transforms=[flips, *([step] for step in val_pipeline[1:])])]
images = dict(
    type='NYUDataset',
    data_root=data_root,
    data_prefix=dict(img_path='images/train', depth_map_path='depth/train'),
)
train_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(type='mmdatasetdm.FewShotDataset', num=50, download=download, pipeline=train_pipeline, dataset=images),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='mmdatasetdm.FewShotDataset',
        download=download,
        pipeline=val_pipeline,
        dataset=dict(images, data_prefix=dict(img_path='images/test', depth_map_path='depth/test'), test_mode=True),
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(type='DepthMetric', max_depth_eval=10.0, crop_type='nyu_crop', depth_scale_factor=1000.0)
test_evaluator = val_evaluator
