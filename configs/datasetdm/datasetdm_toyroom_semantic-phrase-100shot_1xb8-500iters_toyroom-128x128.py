# The decoder with one rule for all names, from 100 labelled images.
_base_ = './datasetdm_toyroom_semantic-phrase-20shot_1xb8-300iters_toyroom-128x128.py'

train_dataloader = dict(dataset=dict(ann_file='ImageSets/Segmentation/train_100.txt'))
max_iters = 500
param_scheduler = [_base_.param_scheduler[0], dict(_base_.param_scheduler[1], end=max_iters)]
train_cfg = dict(max_iters=max_iters, val_interval=max_iters // 2)
default_hooks = dict(checkpoint=dict(interval=max_iters // 2))
