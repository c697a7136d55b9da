# The labelled sets of the built-in world (mmdatasetdm/assets), for training a decoder.
_base_ = ['./toyroom_world.py', './decoder_transforms.py']
data_root = _base_.toyroom_root
class_names = _base_.toyroom_classes
metainfo = _base_.toyroom_metainfo
# What is in the image, for a decoder that reads each image with a prompt of its own (prompt_template).
named = dict(type='mmdatasetdm.PresentClasses', classes=class_names, min_fraction=0.002)
# 32 variants an image: once each has been seen, nothing passes through the generator any more (the backbone's cache).
# Crops of up to three times the size: generated views are near, and show objects as large as no labelled image does.
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(
        type='mmdatasetdm.FixedVariants',
        variants=32,
        transforms=[
            dict(type='RandomResize', scale=(128, 128), ratio_range=(1.0, 3.0), keep_ratio=True),
            dict(type='RandomCrop', crop_size=(128, 128)),
            dict(type='RandomFlip', prob=0.5),
            named,
            _base_.drop_names,
        ],
    ),
    _base_.pack_seg,
]
# Validation is told which classes an image shows, not where: as with generated images, whose prompts tell.
test_pipeline = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations'), named, _base_.pack_seg]
# tools/test.py --tta: the mean of the image and of its mirror image
tta_model = dict(type='SegTTAModel')
tta_pipeline = [
    test_pipeline[0],
    dict(type='TestTimeAug', transforms=[_base_.flips, *([step] for step in test_pipeline[1:])]),
]

labelled = dict(_base_.toyroom_semantic, pipeline=train_pipeline)
train_dataloader = dict(_base_.toyroom_train_loader, dataset=labelled)
val_dataloader = dict(
    _base_.toyroom_val_loader,
    dataset=dict(labelled, ann_file='ImageSets/Segmentation/val.txt', pipeline=test_pipeline, test_mode=True),
)
test_dataloader = dict(
    val_dataloader, dataset=dict(val_dataloader['dataset'], ann_file='ImageSets/Segmentation/test.txt')
)
val_evaluator = dict(type='IoUMetric', iou_metrics=['mIoU'])
test_evaluator = val_evaluator
