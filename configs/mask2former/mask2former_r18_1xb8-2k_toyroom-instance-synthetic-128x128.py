# Setting "synthetic": the generated images alone.
_base_ = './mask2former_r18_1xb8-2k_toyroom-instance-real-128x128.py'

train_dataloader = dict(dataset=dict(_delete_=True, **_base_.synthetic))
