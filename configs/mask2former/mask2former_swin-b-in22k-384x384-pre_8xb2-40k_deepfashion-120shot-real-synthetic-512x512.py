# Setting "real+synthetic": real : synthetic = 1 : 1 in every batch (paper: 45.1 mIoU).
_base_ = './mask2former_swin-b-in22k-384x384-pre_8xb2-40k_deepfashion-120shot-real-512x512.py'

train_dataloader = dict(
    sampler=dict(_delete_=True, type='mmdatasetdm.RatioSampler', ratio=[1, 1]),
    dataset=dict(_delete_=True, type='ConcatDataset', datasets=[_base_.real, _base_.synthetic]),
)
