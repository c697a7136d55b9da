# A stock model, mmseg's DeepLabV3+, on your labelled images and the generated ones. Copy this folder to any place, and
#   python tools/train.py my_deeplabv3plus.py
data_root = 'data/mine'
synthetic_root = 'data/synthetic/mine'
train_list = 'ImageSets/Segmentation/train.txt'
val_list = 'ImageSets/Segmentation/val.txt'
img_suffix = '.jpg'
classes = ('background', 'cat', 'dog')
ratio = [1, 1]  # real : synthetic

_base_ = [
    'mmdatasetdm::_base_/import_mmdatasetdm.py',
    'mmseg::deeplabv3plus/deeplabv3plus_r50-d8_4xb4-40k_voc12aug-512x512.py',
]
custom_imports = dict(imports=['mmdatasetdm'], allow_failed_imports=False)
model = dict(
    # BN: one GPU or none; ignored pixels of generated labels must not weaken the others
    backbone=dict(norm_cfg=dict(type='BN', requires_grad=True)),
    decode_head=dict(
        num_classes=len(classes),
        norm_cfg=dict(type='BN', requires_grad=True),
        loss_decode=dict(avg_non_ignore=True),
    ),
    auxiliary_head=dict(
        num_classes=len(classes),
        norm_cfg=dict(type='BN', requires_grad=True),
        loss_decode=dict(avg_non_ignore=True),
    ),
)
real = dict(
    type='BaseSegDataset',
    data_root=data_root,
    ann_file=train_list,
    data_prefix=dict(img_path='JPEGImages', seg_map_path='SegmentationClass'),
    img_suffix=img_suffix,
    metainfo=dict(classes=classes),
    pipeline=_base_.train_pipeline,
)
synthetic = dict(
    type='mmdatasetdm.SyntheticDataset',
    root=synthetic_root,
    dataset=dict(type='BaseSegDataset', metainfo=dict(classes=classes), pipeline=_base_.train_pipeline),
)
train_dataloader = dict(
    sampler=dict(_delete_=True, type='mmdatasetdm.RatioSampler', ratio=ratio),
    dataset=dict(_delete_=True, type='ConcatDataset', datasets=[real, synthetic]),
)
val_dataloader = dict(
    dataset=dict(_delete_=True, **{**real, 'ann_file': val_list, 'pipeline': _base_.test_pipeline, 'test_mode': True})
)
test_dataloader = val_dataloader
