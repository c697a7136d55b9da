# Swin-L, as in the paper's table.
_base_ = [
    '../_base_/models/depthformer_swinl.py',
    '../_base_/datasets/nyu_depthformer_real.py',
    '../_base_/schedules/depthformer_38k.py',
    '../_base_/default_runtime.py',
]

optim_wrapper = dict(optimizer=dict(lr=1e-4))
