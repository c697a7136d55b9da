# Setting "synthetic": the people of the generated images alone.
_base_ = './td-hm_hrnet-w16_1xb8-2k_toyroom-real-128x96.py'

train_dataloader = dict(dataset=dict(_delete_=True, **_base_.synthetic))
