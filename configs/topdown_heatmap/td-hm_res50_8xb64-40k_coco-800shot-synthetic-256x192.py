# Setting "synthetic": the people of the generated images alone.
_base_ = './td-hm_res50_8xb64-40k_coco-800shot-real-256x192.py'

train_dataloader = dict(dataset=dict(_delete_=True, **_base_.synthetic))
