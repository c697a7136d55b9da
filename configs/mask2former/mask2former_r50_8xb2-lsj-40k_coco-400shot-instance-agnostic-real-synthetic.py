# Setting "real+synthetic": real : synthetic = 1 : 1 (paper: 14.8 AP).
_base_ = './mask2former_r50_8xb2-lsj-40k_coco-400shot-instance-agnostic-real.py'

train_dataloader = dict(
    sampler=dict(_delete_=True, type='mmdatasetdm.RatioSampler', ratio=[1, 1]),
    dataset=dict(_delete_=True, type='ConcatDataset', datasets=[_base_.real, _base_.synthetic]),
)
