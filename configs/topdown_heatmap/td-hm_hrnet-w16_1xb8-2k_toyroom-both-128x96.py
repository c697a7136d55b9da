# Setting "both": real : synthetic = 1 : 1.
_base_ = './td-hm_hrnet-w16_1xb8-2k_toyroom-real-128x96.py'

train_dataloader = dict(
    sampler=dict(_delete_=True, type='mmdatasetdm.RatioSampler', ratio=[1, 1]),
    dataset=dict(_delete_=True, type='ConcatDataset', datasets=[_base_.real, _base_.synthetic]),
)
