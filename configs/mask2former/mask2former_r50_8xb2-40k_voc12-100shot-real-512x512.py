# Paper, table of VOC 2012: Mask2Former R50, setting "real": 100 labelled images (43.4 mIoU).
# The stock ADE20K config with VOC's images and 40k iterations. Data: data/VOCdevkit/VOC2012.
_base_ = [
    '../_base_/import_mmdatasetdm.py', 'mmseg::mask2former/mask2former_r50_8xb2-160k_ade20k-512x512.py'
]

custom_imports = dict(imports=['mmdatasetdm', 'mmdet.models'], allow_failed_imports=False)
crop_size = (512, 512)
num_classes = 21
max_iters = 40000
model = dict(decode_head=dict(num_classes=num_classes, loss_cls=dict(class_weight=[1.0] * num_classes + [0.1])))

data_root = '{{$MMDATASETDM_VOC:data/VOCdevkit/VOC2012}}'
data_prefix = dict(img_path='JPEGImages', seg_map_path='SegmentationClass')
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(
        type='RandomChoiceResize',
        scales=[int(512 * x * 0.1) for x in range(5, 21)],
        resize_type='ResizeShortestEdge',
        max_size=2048),
    dict(type='RandomCrop', crop_size=crop_size, cat_max_ratio=0.75),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PhotoMetricDistortion'),
    dict(type='PackSegInputs'),
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=(2048, 512), keep_ratio=True),
    dict(type='LoadAnnotations'),
    dict(type='PackSegInputs'),
]
voc = dict(
    type='PascalVOCDataset',
    data_root=data_root,
    data_prefix=data_prefix,
    ann_file='ImageSets/Segmentation/train.txt',
    pipeline=train_pipeline)
real = dict(
    type='mmdatasetdm.FewShotDataset',
    per_class=5,
    download='configs/_base_/datasets/voc_100shot.py says what to download.',
    dataset=voc)
synthetic = dict(
    type='mmdatasetdm.SyntheticDataset',
    root='data/synthetic/voc',
    dataset=dict(type='PascalVOCDataset', pipeline=train_pipeline))
train_dataloader = dict(dataset=dict(_delete_=True, **real))
val_dataloader = dict(dataset=dict(_delete_=True, **dict(
    voc, ann_file='ImageSets/Segmentation/val.txt', pipeline=test_pipeline)))
test_dataloader = val_dataloader

param_scheduler = [dict(type='PolyLR', eta_min=0, power=0.9, begin=0, end=max_iters, by_epoch=False)]
train_cfg = dict(max_iters=max_iters, val_interval=5000)
