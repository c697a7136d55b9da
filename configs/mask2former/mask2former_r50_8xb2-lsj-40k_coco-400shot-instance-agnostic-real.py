# The 40k schedule with one class, "object", as the paper trains and evaluates on COCO: Mask2Former R50, setting "real":
# 400 labelled images (4.4 AP). Generated images: configs/generate/coco_instance_agnostic.py.
_base_ = './mask2former_r50_8xb2-lsj-40k_coco-400shot-instance-real.py'

model = dict(
    panoptic_head=dict(num_things_classes=1, loss_cls=dict(class_weight=[1.0, 0.1])),
    panoptic_fusion_head=dict(num_things_classes=1),
)
real = dict(_base_.coco_agnostic_400shot, pipeline=_base_.train_pipeline)
synthetic = dict(
    _base_.synthetic,
    root='data/synthetic/coco_agnostic',
    dataset=dict(_base_.synthetic.dataset, metainfo=_base_.coco_agnostic_metainfo),
)
train_dataloader = dict(dataset=dict(_delete_=True, **real))
val_dataloader = dict(dataset=dict(_delete_=True, pipeline=_base_.test_pipeline, **_base_.coco_agnostic_val))
test_dataloader = val_dataloader
val_evaluator = [_base_.coco_agnostic_evaluator]
test_evaluator = val_evaluator
