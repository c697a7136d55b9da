# Setting "real+synthetic": real : synthetic = 1 : 1. Of the unseen classes the generated images alone have labels.
_base_ = './deeplabv3plus_r18_1xb8-2k_toyroom-zeroshot-real-128x128.py'

train_dataloader = dict(
    sampler=dict(_delete_=True, type='mmdatasetdm.RatioSampler', ratio=[1, 1]),
    dataset=dict(_delete_=True, type='ConcatDataset', datasets=[_base_.real, _base_.synthetic]),
)
