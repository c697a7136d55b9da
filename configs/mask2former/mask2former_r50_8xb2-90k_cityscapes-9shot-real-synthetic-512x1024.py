# Setting "real+synthetic": real : synthetic = 1 : 1 in every batch (paper: 42.1 mIoU).
_base_ = './mask2former_r50_8xb2-90k_cityscapes-9shot-real-512x1024.py'

train_dataloader = dict(
    sampler=dict(_delete_=True, type='mmdatasetdm.RatioSampler', ratio=[1, 1]),
    dataset=dict(_delete_=True, type='ConcatDataset', datasets=[_base_.real, _base_.synthetic]),
)
