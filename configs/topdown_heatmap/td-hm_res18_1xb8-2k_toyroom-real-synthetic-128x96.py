# Setting "real+synthetic": real : synthetic = 1 : 1.
_base_ = './td-hm_res18_1xb8-2k_toyroom-real-128x96.py'

train_dataloader = dict(
    sampler=dict(_delete_=True, type='mmdatasetdm.RatioSampler', ratio=[1, 1]),
    # CLASSES: a copy of the files' categories, which nothing trains on and which need not be alike
    dataset=dict(_delete_=True, type='ConcatDataset', ignore_keys='CLASSES', datasets=[_base_.real, _base_.synthetic]),
)
