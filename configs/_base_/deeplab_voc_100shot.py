# All of DeepLabV3's and DeepLabV3+'s stock VOC configs of 40k iterations but the network, setting "real": the 100
# labelled images of configs/datasetdm/voc_100shot.py. Data: data/VOCdevkit/VOC2012.
_base_ = [
    './import_mmdatasetdm.py',
    './datasets/voc.py',
    'mmseg::_base_/datasets/pascal_voc12_aug.py',
    'mmseg::_base_/default_runtime.py',
    'mmseg::_base_/schedules/schedule_40k.py',
]

custom_imports = dict(imports=['mmdatasetdm'], allow_failed_imports=False)
data_root = _base_.voc_root
real = dict(_base_.voc_100shot, dataset=dict(_base_.voc_images, pipeline=_base_.train_pipeline))
synthetic = dict(
    type='mmdatasetdm.SyntheticDataset',
    root='data/synthetic/voc',
    dataset=dict(type='PascalVOCDataset', pipeline=_base_.train_pipeline),
)
train_dataloader = dict(dataset=dict(_delete_=True, **real))
val_dataloader = dict(dataset=dict(data_root=data_root))
test_dataloader = val_dataloader
# generated labels have ignored pixels: they must not weaken the rest
voc_head = dict(num_classes=21, loss_decode=dict(avg_non_ignore=True))
default_hooks = dict(visualization=dict(draw=True, interval=200))
auto_scale_lr = dict(enable=False, base_batch_size=16)
