# Setting "synthetic": the generated images alone.
_base_ = './toyroom_depthformer_real.py'

train_dataloader = dict(dataset=dict(_delete_=True, **_base_.synthetic))
