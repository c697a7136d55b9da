# DatasetDM supp. table 8: beside semi-supervised training on Pascal VOC 2012. ReCo with DeepLabV3 R101 reaches 53.3,
# 69.8 and 72.8 mIoU from 60, 200 and 600 labelled images and all others without labels; the paper has its 60. The
# lists are ours, 3, 10 and 30 images a class, for those of ReCo follow no rule.
_base_ = ['../_base_/studies/paper.py', '../_base_/datasets/voc.py']

task = 'semantic'
metrics = [dict(key='mIoU', name='mIoU')]
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
decoders = {100: 'configs/datasetdm/voc_100shot.py'}
labelled = {60: dict(per_class=3), 200: dict(per_class=10), 600: dict(per_class=30)}
recipe = 'configs/generate/voc.py'
data_root = _base_.voc_root
data_download = _base_.voc_download
labels = (60, 100, 200, 600)
settings = ('real+synthetic',)
num = 40000
paper = dict(
    source='DatasetDM supp. table 8',
    rows=[
        dict(model='deeplabv3_r101', labels=60, setting='real+synthetic', scores=dict(mIoU=57.6)),
        dict(model='mask2former_r50', labels=100, setting='real+synthetic', scores=dict(mIoU=66.1)),
        dict(model='mask2former_swin_b', labels=100, setting='real+synthetic', scores=dict(mIoU=78.5)),
    ],
)
