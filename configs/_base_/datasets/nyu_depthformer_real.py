# NYU Depth v2 at 640x480 for a stock depth model, setting "real": 50 labelled images (method of the paper's table 1).
# Another number: --cfg-options train_dataloader.dataset.num=250
# A batch of 16, as the original trains: 2 images on each of 8 GPUs. On one: train_dataloader.batch_size=16, or where
# its memory is too small for that, optim_wrapper.accumulative_counts=8.
data_root = '{{$MMDATASETDM_NYU:data/nyu}}'
download = (
    'Put NYU Depth v2 there as images/{train,test}/NAME.jpg and depth/{train,test}/NAME.png in millimetres, or '
    'set MMDATASETDM_NYU to the folder'
)
load = [dict(type='LoadImageFromFile'), dict(type='LoadDepthAnnotation', depth_rescale_factor=1e-3)]
train_pipeline = [
    *load,
    # without the white frame of NYU's photographs; generated images have to be as large, 640x480
    dict(type='mmdatasetdm.CropRegion', top=45, bottom=472, left=43, right=608),
    dict(type='RandomRotate', prob=0.5, degree=2.5, pad_val=0, seg_pad_val=0),
    dict(type='RandomFlip', prob=0.5),
    dict(type='RandomCrop', crop_size=(416, 544)),
    dict(type='mmdatasetdm.GammaBrightnessColour'),
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
real = dict(type='mmdatasetdm.FewShotDataset', num=50, download=download, pipeline=train_pipeline, dataset=images)
synthetic = dict(
    type='mmdatasetdm.SyntheticDataset',
    root='data/synthetic/nyu',
    dataset=dict(type='NYUDataset', pipeline=train_pipeline),
)
train_dataloader = dict(
    batch_size=2,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=real,
)
val_dataloader = dict(
    batch_size=1,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='mmdatasetdm.FewShotDataset',
        download=download,
        pipeline=val_pipeline,
        dataset=dict(
            images,
            data_prefix=dict(img_path='images/test', depth_map_path='depth/test'),
            test_mode=True,
        ),
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(type='DepthMetric', max_depth_eval=10.0, crop_type='nyu_crop', depth_scale_factor=1000.0)
test_evaluator = val_evaluator
