# mask2former_512x512.py for Cityscapes, as in mmseg's Mask2Former configs for it: crops of 512x1024 px.
_base_ = './mask2former_512x512.py'

load, annotations, resize, crop, *rest = _base_.mask2former_train_pipeline
mask2former_train_pipeline = [
    load,
    annotations,
    dict(resize, scales=[int(1024 * x * 0.1) for x in range(5, 21)], max_size=4096),
    dict(crop, crop_size=(512, 1024)),
    *rest,
]
mask2former_test_pipeline = [
    load,
    dict(type='Resize', scale=(2048, 1024), keep_ratio=True),
    *_base_.mask2former_test_pipeline[2:],
]
