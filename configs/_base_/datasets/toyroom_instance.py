# The labelled sets of the built-in world with instance masks (COCO), for training a decoder.
_base_ = ['./toyroom_world.py', './decoder_transforms.py']
data_root = _base_.toyroom_root
metainfo = _base_.toyroom_instance_metainfo
class_names = metainfo.classes
# What is in the image, for a decoder that reads each image with a prompt of its own (prompt_template).
named = dict(type='mmdatasetdm.PresentClasses', classes=class_names, background=None)
pack = dict(
    type='PackDetInputs',
    meta_keys=(*_base_.pack_det_tta.meta_keys, 'present_classes'),
)
load = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations', with_bbox=True, with_mask=True)]
# DatasetDM supp. 1.3: random scale and crop; up to three times the size, since generated views are near
train_pipeline = [
    *load,
    dict(
        type='mmdatasetdm.FixedVariants',
        variants=32,
        transforms=[
            dict(type='RandomResize', scale=(128, 128), ratio_range=(1.0, 3.0), keep_ratio=True),
            dict(
                type='RandomCrop',
                crop_size=(128, 128),
                crop_type='absolute',
                recompute_bbox=True,
                allow_negative_crop=True,
            ),
            dict(type='RandomFlip', prob=0.5),
            dict(type='FilterAnnotations', min_gt_bbox_wh=(2, 2), by_mask=True, keep_empty=False),
            named,
            _base_.drop_names,
        ],
    ),
    pack,
]
# Validation is told which classes an image shows, not where: as with generated images, whose prompts tell.
test_pipeline = [*load, named, pack]
# tools/test.py --tta: the mean of the image and of its mirror image
tta_model = dict(type='mmdatasetdm.InstanceTTAModel', max_per_image=20)
tta_pipeline = [
    test_pipeline[0],
    dict(type='TestTimeAug', transforms=[_base_.flips, *([step] for step in test_pipeline[1:])]),
]

labelled = dict(_base_.toyroom_instances, pipeline=train_pipeline)
train_dataloader = dict(_base_.toyroom_train_loader, dataset=labelled)
val_dataloader = dict(
    batch_size=10,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(labelled, ann_file='Annotations/instances_val.json', pipeline=test_pipeline, test_mode=True),
)
test_dataloader = dict(
    val_dataloader, dataset=dict(val_dataloader['dataset'], ann_file='Annotations/instances_test.json')
)
val_evaluator = [
    dict(type='CocoMetric', ann_file=f'{data_root}/Annotations/instances_val.json', metric=['segm', 'bbox']),
    dict(type='mmdatasetdm.ClassAgnosticCocoMetric', ann_file=f'{data_root}/Annotations/instances_val.json'),
]
test_evaluator = [
    dict(type='CocoMetric', ann_file=f'{data_root}/Annotations/instances_test.json', metric=['segm', 'bbox']),
    dict(type='mmdatasetdm.ClassAgnosticCocoMetric', ann_file=f'{data_root}/Annotations/instances_test.json'),
]
