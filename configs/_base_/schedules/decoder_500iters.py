# The built-in world: a few minutes on two cores.
_base_ = './decoder_50k.py'

max_iters = 500
optim_wrapper = dict(optimizer=dict(lr=2e-3))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, begin=0, end=30),
    dict(type='PolyLR', power=0.9, eta_min=0, by_epoch=False, begin=30, end=max_iters),
]
train_cfg = dict(max_iters=max_iters, val_interval=max_iters // 4)
default_hooks = dict(
    checkpoint=dict(interval=max_iters // 4), logger=dict(interval=25), visualization=dict(interval=25)
)
auto_scale_lr = dict(base_batch_size=8)
