# Setting "synthetic": the people of the generated images alone.
_base_ = './td-hm_hrnet-w32_8xb64-40k_coco-800shot-real-384x288.py'

train_dataloader = dict(dataset=dict(_delete_=True, **_base_.synthetic))
