# DatasetDM supp. table 8: beside semi-supervised training on Pascal VOC 2012. ReCo with DeepLabV3 R101 reaches 53.3,
# 69.8 and 72.8 mIoU from 60, 200 and 600 labelled images and all others without labels; the paper has its 60. The
# lists are ours, 3, 10 and 30 images a class; supp_table_8_reco.py chooses by the rule of ReCo.
_base_ = '../_base_/studies/voc.py'

models = dict(
    deeplabv3_r101='configs/deeplabv3/deeplabv3_r101-d8_4xb4-40k_voc12-100shot-{setting}-512x512.py',
    mask2former_r50='configs/mask2former/mask2former_r50_8xb2-40k_voc12-100shot-{setting}-512x512.py',
    mask2former_swin_b='configs/mask2former/mask2former_swin-b-in22k-384x384-pre_8xb2-40k_voc12-100shot-{setting}-512x512.py',
)
overrides = dict(
    deeplabv3_r101=dict(labels=(60, 200, 600)),
    mask2former_r50=dict(labels=(100,)),
    mask2former_swin_b=dict(labels=(100,)),
)
labels = (60, 100, 200, 600)
settings = ('real+synthetic',)
paper = dict(
    source='DatasetDM supp. table 8',
    rows=[
        dict(model='deeplabv3_r101', labels=60, setting='real+synthetic', scores=dict(mIoU=57.6)),
        dict(model='mask2former_r50', labels=100, setting='real+synthetic', scores=dict(mIoU=66.1)),
        dict(model='mask2former_swin_b', labels=100, setting='real+synthetic', scores=dict(mIoU=78.5)),
    ],
)
