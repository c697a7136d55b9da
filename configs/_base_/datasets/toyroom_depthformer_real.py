# ToyRoom's depth for a stock model, setting "real". Another number of labels:
# --cfg-options train_dataloader.dataset.listed=ImageSets/Segmentation/train_200.txt
_base_ = './toyroom_depth.py'

pack = dict(type='PackSegInputs')
train_pipeline = [
    *_base_.load,
    dict(type='RandomFlip', prob=0.5),
    dict(type='mmdatasetdm.GammaBrightnessColour'),
    pack,
]
val_pipeline = [*_base_.load, pack]
test_pipeline = [dict(type='LoadImageFromFile'), pack]
tta_pipeline = [
    val_pipeline[0],
    dict(type='TestTimeAug', transforms=[_base_.flips, *([step] for step in val_pipeline[1:])]),
]
real = dict(_base_.labelled, pipeline=train_pipeline)
synthetic = dict(
    type='mmdatasetdm.SyntheticDataset',
    root='data/synthetic/toyroom',
    dataset=dict(type='NYUDataset', pipeline=train_pipeline),
)
train_dataloader = dict(dataset=real)
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=val_pipeline))
