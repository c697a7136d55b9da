# DatasetDM supp. table 4: Mask2Former Swin-B on VOC 2012, setting "real": 100 labelled images (65.2 mIoU).
# The stock ADE20K config with VOC's images at 512x512 and 40k iterations. Data: data/VOCdevkit/VOC2012.
_base_ = [
    '../_base_/import_mmdatasetdm.py',
    '../_base_/datasets/voc_100shot_mask2former.py',
    'mmseg::mask2former/mask2former_swin-b-in22k-384x384-pre_8xb2-160k_ade20k-640x640.py',
]

custom_imports = dict(
    imports=['mmdatasetdm', 'mmdet.models', 'mmdatasetdm.models.downstream.mask2former'], allow_failed_imports=False
)
num_classes = 21
max_iters = 40000
model = dict(
    data_preprocessor=dict(size=_base_.voc_crop),
    decode_head=dict(
        type='mmdatasetdm.SemanticMask2FormerHead',
        num_classes=num_classes,
        loss_cls=dict(class_weight=[1.0] * num_classes + [0.1]),
    ),
)
data_root = _base_.voc_root
train_pipeline = _base_.voc_train_pipeline
test_pipeline = _base_.voc_test_pipeline
train_dataloader = dict(dataset=dict(_delete_=True, **_base_.real))
val_dataloader = dict(dataset=dict(_delete_=True, **_base_.voc_val))
test_dataloader = val_dataloader

param_scheduler = [dict(type='PolyLR', eta_min=0, power=0.9, begin=0, end=max_iters, by_epoch=False)]
train_cfg = dict(max_iters=max_iters, val_interval=5000)
# the last checkpoint is the result: the stock config's choice of the best would look at other labelled images
default_hooks = dict(checkpoint=dict(save_best=None), visualization=dict(draw=True, interval=200))
