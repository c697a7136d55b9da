# The same on your labelled images alone: what the generated ones are compared with.
_base_ = './my_deeplabv3plus.py'

train_dataloader = dict(
    sampler=dict(_delete_=True, type='InfiniteSampler', shuffle=True), dataset=dict(_delete_=True, **_base_.real)
)
