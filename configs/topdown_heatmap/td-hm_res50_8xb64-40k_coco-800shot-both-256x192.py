# Setting "both": real : synthetic = 1 : 1.
_base_ = './td-hm_res50_8xb64-40k_coco-800shot-real-256x192.py'

train_dataloader = dict(
    sampler=dict(_delete_=True, type='mmdatasetdm.RatioSampler', ratio=[1, 1]),
    dataset=dict(_delete_=True, type='ConcatDataset', datasets=[_base_.real, _base_.synthetic]),
)
