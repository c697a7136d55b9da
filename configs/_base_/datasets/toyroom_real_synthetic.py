# ToyRoom for a stock model, setting "real+synthetic": 1 : 1 in every pair of images, whatever the sizes of the
# sets. Another number of labels:
# --cfg-options train_dataloader.dataset.datasets.0.ann_file=ImageSets/Segmentation/train_100.txt
_base_ = './toyroom_real.py'

train_dataloader = dict(
    sampler=dict(_delete_=True, type='mmdatasetdm.RatioSampler', ratio=[1, 1]),
    dataset=dict(_delete_=True, type='ConcatDataset', datasets=[_base_.real, _base_.synthetic]),
)
