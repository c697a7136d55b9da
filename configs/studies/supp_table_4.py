# DatasetDM supp. table 4: Pascal VOC 2012 from 100 labelled images, with and without the augmentations of flips and
# colours, which the models named "crop" go without, and with and without generated images.
_base_ = '../_base_/studies/voc.py'

mask2former_r50 = 'configs/mask2former/mask2former_r50_8xb2-40k_voc12-100shot-{setting}-512x512.py'
mask2former_swin_b = (
    'configs/mask2former/mask2former_swin-b-in22k-384x384-pre_8xb2-40k_voc12-100shot-{setting}-512x512.py'
)
mobilenet = 'configs/deeplabv3plus/deeplabv3plus_mobilenet-v2-d8_4xb4-40k_voc12-100shot-{setting}-512x512.py'
deeplabv3plus_r50 = 'configs/deeplabv3plus/deeplabv3plus_r50-d8_4xb4-40k_voc12-100shot-{setting}-512x512.py'
models = dict(
    mask2former_r50_crop=mask2former_r50,
    mask2former_r50=mask2former_r50,
    mask2former_swin_b_crop=mask2former_swin_b,
    mask2former_swin_b=mask2former_swin_b,
    deeplabv3plus_mobilenet_crop=mobilenet,
    deeplabv3plus_mobilenet=mobilenet,
    deeplabv3plus_r50_crop=deeplabv3plus_r50,
    deeplabv3plus_r50=deeplabv3plus_r50,
)
crop = dict(leave_out=['RandomFlip', 'PhotoMetricDistortion'])
overrides = {name: dict(real=crop, synthetic=crop) for name in models if name.endswith('_crop')}
settings = ('real', 'real+synthetic')
paper = dict(
    source='DatasetDM supp. table 4',
    rows=[
        dict(model='mask2former_r50_crop', labels=100, setting='real', scores=dict(mIoU=41.5)),
        dict(model='mask2former_r50_crop', labels=100, setting='real+synthetic', scores=dict(mIoU=65.2)),
        dict(model='mask2former_r50', labels=100, setting='real', scores=dict(mIoU=43.4)),
        dict(model='mask2former_r50', labels=100, setting='real+synthetic', scores=dict(mIoU=66.1)),
        dict(model='mask2former_swin_b_crop', labels=100, setting='real', scores=dict(mIoU=64.1)),
        dict(model='mask2former_swin_b_crop', labels=100, setting='real+synthetic', scores=dict(mIoU=77.8)),
        dict(model='mask2former_swin_b', labels=100, setting='real', scores=dict(mIoU=65.2)),
        dict(model='mask2former_swin_b', labels=100, setting='real+synthetic', scores=dict(mIoU=78.5)),
        dict(model='deeplabv3plus_mobilenet_crop', labels=100, setting='real', scores=dict(mIoU=39.1)),
        dict(model='deeplabv3plus_mobilenet_crop', labels=100, setting='real+synthetic', scores=dict(mIoU=45.3)),
        dict(model='deeplabv3plus_mobilenet', labels=100, setting='real', scores=dict(mIoU=40.5)),
        dict(model='deeplabv3plus_mobilenet', labels=100, setting='real+synthetic', scores=dict(mIoU=46.1)),
        dict(model='deeplabv3plus_r50_crop', labels=100, setting='real', scores=dict(mIoU=45.1)),
        dict(model='deeplabv3plus_r50_crop', labels=100, setting='real+synthetic', scores=dict(mIoU=55.3)),
        dict(model='deeplabv3plus_r50', labels=100, setting='real', scores=dict(mIoU=46.3)),
        dict(model='deeplabv3plus_r50', labels=100, setting='real+synthetic', scores=dict(mIoU=56.9)),
    ],
)
del mask2former_r50, mask2former_swin_b, mobilenet, deeplabv3plus_r50, crop
