# Pascal VOC 2012: 5 images a class for training (DatasetDM supp. table 1: 100), 1449 for validation.
_base_ = ['./voc.py', './decoder_transforms.py']

data_root = _base_.voc_root
class_names = _base_.voc_classes
# What is in the image, for a decoder that reads each image with a prompt of its own (prompt_template).
named = dict(type='mmdatasetdm.PresentClasses', classes=class_names, min_fraction=0.001)
# DatasetDM supp. 1.3: random scale and a 512 px crop.
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='RandomResize', scale=(2048, 512), ratio_range=(0.5, 2.0), keep_ratio=True),
    dict(type='RandomCrop', crop_size=(512, 512), cat_max_ratio=0.75),
    dict(type='RandomFlip', prob=0.5),
    named,
    _base_.drop_names,
    _base_.pack_seg,
]
# Validation is told which classes an image shows, not where: as with generated images, whose prompts tell.
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=(512, 512), keep_ratio=True),
    dict(type='LoadAnnotations'),
    named,
    _base_.pack_seg,
]
# tools/test.py --tta: the mean of the image and of its mirror image
tta_model = dict(type='SegTTAModel')
tta_pipeline = [
    test_pipeline[0],
    dict(type='TestTimeAug', transforms=[_base_.flips, *([step] for step in test_pipeline[1:])]),
]
train_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(_base_.voc_100shot, pipeline=train_pipeline),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='mmdatasetdm.FewShotDataset',
        download=_base_.voc_download,
        pipeline=test_pipeline,
        dataset=dict(_base_.voc_images, ann_file='ImageSets/Segmentation/val.txt', test_mode=True),
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(type='IoUMetric', iou_metrics=['mIoU'])
test_evaluator = val_evaluator
