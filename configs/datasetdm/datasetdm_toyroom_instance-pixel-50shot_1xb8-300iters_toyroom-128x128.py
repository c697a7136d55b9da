# A classifier of pixels in the place of queries: its connected components are the instances (not in the paper).
_base_ = './datasetdm_toyroom_instance-50shot_1xb8-900iters_toyroom-128x128.py'

model = dict(
    panoptic_head=dict(
        _delete_=True,
        type='mmdatasetdm.PixelInstanceHead',
        num_classes=12,
        phrase_classes=list(range(12)),
        pixel_decoder=_base_.pixel_decoder,
        loss=dict(type='mmdatasetdm.PixelCriterion', dice_weight=1.0),
    )
)

# It learns faster than the queries do.
max_iters = 300
param_scheduler = [_base_.param_scheduler[0], dict(_base_.param_scheduler[1], end=max_iters)]
train_cfg = dict(max_iters=max_iters, val_interval=max_iters // 2)
default_hooks = dict(checkpoint=dict(interval=max_iters // 2))
