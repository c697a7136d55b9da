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
real = dict(_base_.labelled, dataset=dict(_base_.images, pipeline=train_pipeline))
synthetic = dict(
    type='mmdatasetdm.SyntheticDataset',
    root='data/synthetic/toyroom',
    dataset=dict(type='NYUDataset', pipeline=train_pipeline),
)
train_dataloader = dict(dataset=real)
val_dataloader = dict(dataset=dict(dataset=dict(pipeline=[*_base_.load, pack])))
test_dataloader = dict(dataset=dict(dataset=dict(pipeline=[*_base_.load, pack])))
