# ToyRoom for a stock model, setting "synthetic": the generated images alone.
_base_ = './toyroom_real.py'

train_dataloader = dict(dataset=dict(_delete_=True, **_base_.synthetic))
