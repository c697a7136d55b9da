# The paper's comparison on Pascal VOC 2012 with 100 labelled images, in all three settings; --labels 60 100 200 600 for
# the numbers of supp. table 8. supp_table_4.py compares augmentations, voc_size.py numbers of generated images.
_base_ = '../_base_/studies/voc.py'

models = dict(
    mask2former_r50='configs/mask2former/mask2former_r50_8xb2-40k_voc12-100shot-{setting}-512x512.py',
    mask2former_swin_b=(
        'configs/mask2former/mask2former_swin-b-in22k-384x384-pre_8xb2-40k_voc12-100shot-{setting}-512x512.py'
    ),
    deeplabv3plus_r50='configs/deeplabv3plus/deeplabv3plus_r50-d8_4xb4-40k_voc12-100shot-{setting}-512x512.py',
    deeplabv3plus_mobilenet='configs/deeplabv3plus/deeplabv3plus_mobilenet-v2-d8_4xb4-40k_voc12-100shot-{setting}-512x512.py',
    deeplabv3_r101='configs/deeplabv3/deeplabv3_r101-d8_4xb4-40k_voc12-100shot-{setting}-512x512.py',
)
paper = dict(
    source='DatasetDM, table of Pascal VOC 2012',
    rows=[
        dict(model='mask2former_r50', labels=100, setting='real', scores=dict(mIoU=43.4)),
        dict(model='mask2former_r50', labels=100, setting='synthetic', scores=dict(mIoU=60.3)),
        dict(model='mask2former_r50', labels=100, setting='real+synthetic', scores=dict(mIoU=66.1)),
        dict(model='mask2former_swin_b', labels=100, setting='real', scores=dict(mIoU=65.2)),
        dict(model='mask2former_swin_b', labels=100, setting='synthetic', scores=dict(mIoU=73.7)),
        dict(model='mask2former_swin_b', labels=100, setting='real+synthetic', scores=dict(mIoU=78.5)),
    ],
)
