# Setting "real+synthetic": real : synthetic = 1 : 1 in every batch (DatasetDM supp. table 4: 56.9 mIoU).
_base_ = './deeplabv3plus_r50-d8_4xb4-40k_voc12-100shot-real-512x512.py'

train_dataloader = dict(
    sampler=dict(_delete_=True, type='mmdatasetdm.RatioSampler', ratio=[1, 1]),
    dataset=dict(_delete_=True, type='ConcatDataset', datasets=[_base_.real, _base_.synthetic]),
)
