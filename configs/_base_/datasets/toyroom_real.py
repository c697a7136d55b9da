# ToyRoom for a stock model, setting "real": the labelled images alone.
# Another number of labels: --cfg-options train_dataloader.dataset.ann_file=ImageSets/Segmentation/train_100.txt
_base_ = './toyroom.py'

train_pipeline = _base_.toyroom_augmentations
real = dict(_base_.labelled, pipeline=train_pipeline)
synthetic = dict(
    type='mmdatasetdm.SyntheticDataset',
    root='data/synthetic/toyroom',
    dataset=dict(type='BaseSegDataset', metainfo=_base_.metainfo, pipeline=train_pipeline),
)

train_dataloader = dict(dataset=real)
val_evaluator = dict(_delete_=True, type='mmdatasetdm.ClassIoUMetric', iou_metrics=['mIoU'])
test_evaluator = val_evaluator
