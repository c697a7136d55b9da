# Setting "real+synthetic": real : synthetic = 1 : 1. Another number of labels:
# --cfg-options train_dataloader.dataset.datasets.0.ann_file=Annotations/instances_train_200.json
_base_ = './mask2former_r18_1xb8-2k_toyroom-instance-real-128x128.py'

train_dataloader = dict(
    sampler=dict(_delete_=True, type='mmdatasetdm.RatioSampler', ratio=[1, 1]),
    dataset=dict(_delete_=True, type='ConcatDataset', datasets=[_base_.real, _base_.synthetic]),
)
