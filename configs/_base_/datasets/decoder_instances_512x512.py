# decoder_512x512.py for objects.
_base_ = './decoder_512x512.py'

pack_det = dict(type='PackDetInputs', meta_keys=(*_base_.pack_det_tta.meta_keys, 'present_classes'))
load_objects = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations', with_bbox=True, with_mask=True)]
scale_and_crop_objects = dict(
    type='mmdatasetdm.FixedVariants',
    variants=16,  # of 400 images
    transforms=[
        dict(type='RandomResize', scale=(2048, 512), ratio_range=(0.5, 2.0), keep_ratio=True),
        dict(
            type='RandomCrop',
            crop_size=(512, 512),
            crop_type='absolute',
            recompute_bbox=True,
            allow_negative_crop=True,
        ),
    ],
)
large_enough = dict(type='FilterAnnotations', min_gt_bbox_wh=(2, 2), by_mask=True, keep_empty=False)
