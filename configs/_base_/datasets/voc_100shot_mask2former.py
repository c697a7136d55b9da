# Pascal VOC 2012 for Mask2Former: the 100 labelled images of configs/datasetdm/voc_100shot.py, the generated ones and
# the validation images, with the augmentations of the stock ADE20K configs. No name here is one of theirs, so that a
# config may have both as bases.
_base_ = './voc.py'

voc_crop = (512, 512)
voc_train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(
        type='RandomChoiceResize',
        scales=[int(512 * x * 0.1) for x in range(5, 21)],
        resize_type='ResizeShortestEdge',
        max_size=2048,
    ),
    dict(type='RandomCrop', crop_size=voc_crop, cat_max_ratio=0.75),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PhotoMetricDistortion'),
    dict(type='PackSegInputs'),
]
voc_test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=(2048, 512), keep_ratio=True),
    dict(type='LoadAnnotations'),
    dict(type='PackSegInputs'),
]
voc_val = dict(_base_.voc_images, ann_file='ImageSets/Segmentation/val.txt', pipeline=voc_test_pipeline)
real = dict(_base_.voc_100shot, dataset=dict(_base_.voc_images, pipeline=voc_train_pipeline))
synthetic = dict(
    type='mmdatasetdm.SyntheticDataset',
    root='data/synthetic/voc',
    dataset=dict(type='PascalVOCDataset', pipeline=voc_train_pipeline),
)
