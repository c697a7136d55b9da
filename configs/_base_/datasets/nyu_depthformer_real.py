# NYU Depth v2 at 640x480 for a stock depth model, setting "real": 50 labelled images (method of the paper's table 1).
# Another number: --cfg-options train_dataloader.dataset.num=250
# A batch of 16, as the original trains: 2 images on each of 8 GPUs. On one: train_dataloader.batch_size=16, or where
# its memory is too small for that, optim_wrapper.accumulative_counts=8.
_base_ = './nyu.py'

train_pipeline = [
    *_base_.load,
    # without the white frame of NYU's photographs; generated images have to be as large, 640x480
    dict(type='mmdatasetdm.CropRegion', top=45, bottom=472, left=43, right=608),
    dict(type='RandomRotate', prob=0.5, degree=2.5, pad_val=0, seg_pad_val=0),
    dict(type='RandomFlip', prob=0.5),
    dict(type='RandomCrop', crop_size=(416, 544)),
    dict(type='mmdatasetdm.GammaBrightnessColour'),
    dict(type='PackSegInputs'),
]
real = dict(_base_.few_images, pipeline=train_pipeline)
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
    dataset=_base_.whole_test_split,
)
test_dataloader = val_dataloader
