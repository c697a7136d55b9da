# Pascal VOC 2012: 5 images a class for training (DatasetDM supp. table 1: 100), 1449 for validation.
data_root = '{{$MMDATASETDM_VOC:data/VOCdevkit/VOC2012}}'
download = (
    'Download http://host.robots.ox.ac.uk/pascal/VOC/voc2012/VOCtrainval_11-May-2012.tar and unpack it in '
    'data/, so that data/VOCdevkit/VOC2012/JPEGImages is there; or set MMDATASETDM_VOC to the folder that '
    'holds JPEGImages'
)
class_names = (
    'background',
    'aeroplane',
    'bicycle',
    'bird',
    'boat',
    'bottle',
    'bus',
    'car',
    'cat',
    'chair',
    'cow',
    'diningtable',
    'dog',
    'horse',
    'motorbike',
    'person',
    'pottedplant',
    'sheep',
    'sofa',
    'train',
    'tvmonitor',
)
# What is in the image, for a decoder that reads each image with a prompt of its own (prompt_template).
named = dict(type='mmdatasetdm.PresentClasses', classes=class_names, min_share=0.001)
# A prompt names only some of what its image shows, and so do the texts of training.
drop_names = dict(type='mmdatasetdm.DropClassNames', some=0.25, none=0.05, unknown=0.2)
pack = dict(
    type='PackSegInputs',
    meta_keys=(
        'img_path',
        'seg_map_path',
        'ori_shape',
        'img_shape',
        'pad_shape',
        'scale_factor',
        'flip',
        'flip_direction',
        'reduce_zero_label',
        'present_classes',
    ),
)
# DatasetDM supp. 1.3: random scale and a 512 px crop.
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='RandomResize', scale=(2048, 512), ratio_range=(0.5, 2.0), keep_ratio=True),
    dict(type='RandomCrop', crop_size=(512, 512), cat_max_ratio=0.75),
    dict(type='RandomFlip', prob=0.5),
    named,
    drop_names,
    pack,
]
# Validation is told which classes an image shows, not where: as with generated images, whose prompts tell.
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=(512, 512), keep_ratio=True),
    dict(type='LoadAnnotations'),
    named,
    pack,
]
# tools/test.py --tta: the mean of the image and of its mirror image
flips = [dict(type='RandomFlip', prob=0.0), dict(type='RandomFlip', prob=1.0)]
tta_model = dict(type='SegTTAModel')
tta_pipeline = [test_pipeline[0], dict(type='TestTimeAug', transforms=[flips, *([step] for step in test_pipeline[1:])])]
voc = dict(
    type='PascalVOCDataset',
    data_root=data_root,
    ann_file='ImageSets/Segmentation/train.txt',
    data_prefix=dict(img_path='JPEGImages', seg_map_path='SegmentationClass'),
)
train_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(
        type='mmdatasetdm.FewShotDataset', per_class=5, download=download, pipeline=train_pipeline, dataset=voc
    ),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='mmdatasetdm.FewShotDataset',
        download=download,
        pipeline=test_pipeline,
        dataset=dict(voc, ann_file='ImageSets/Segmentation/val.txt', test_mode=True),
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(type='IoUMetric', iou_metrics=['mIoU'])
test_evaluator = val_evaluator
