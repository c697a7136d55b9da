# Setting "real+synthetic": real : synthetic = 1 : 1.
_base_ = './td-hm_hrnet-w32_8xb64-40k_coco-800shot-real-256x192.py'

train_dataloader = dict(
    sampler=dict(_delete_=True, type='mmdatasetdm.RatioSampler', ratio=[1, 1]),
    # CLASSES: a copy of the files' categories, which nothing trains on and which need not be alike
    dataset=dict(_delete_=True, type='ConcatDataset', ignore_keys='CLASSES', datasets=[_base_.real, _base_.synthetic]),
)
