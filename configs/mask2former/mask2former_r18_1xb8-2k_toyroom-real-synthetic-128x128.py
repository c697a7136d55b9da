# Setting "real+synthetic": real : synthetic = 1 : 1 in every pair of images, whatever the sizes of the sets.
_base_ = './mask2former_r18_1xb8-2k_toyroom-real-128x128.py'

train_dataloader = dict(
    sampler=dict(_delete_=True, type='mmdatasetdm.RatioSampler', ratio=[1, 1]),
    dataset=dict(_delete_=True, type='ConcatDataset', datasets=[_base_.real, _base_.synthetic]),
)
