# A classifier of pixels with one rule for all names: what a name's attention points at, and where it ends.
_base_ = './datasetdm_toyroom_semantic-pixel-20shot_1xb8-500iters_toyroom-128x128.py'

model = dict(decode_head=dict(phrase_classes=list(range(1, 13))))

# It learns faster than the queries do.
max_iters = 300
param_scheduler = [_base_.param_scheduler[0], dict(_base_.param_scheduler[1], end=max_iters)]
train_cfg = dict(max_iters=max_iters, val_interval=max_iters // 2)
default_hooks = dict(checkpoint=dict(interval=max_iters // 2))
