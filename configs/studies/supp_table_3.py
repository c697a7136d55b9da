# DatasetDM supp. table 3 says which of Cityscapes' classes its 8 classes are (configs/_base_/datasets/cityscapes8.py).
# This study is the experiment that it belongs to: the 8 classes from 9 labelled images. Void is one of the table's 8
# and counts in the mean; the mean of the other 7 stands beside it.
_base_ = ['../_base_/studies/paper.py', '../_base_/datasets/cityscapes.py']

task = 'semantic'
metrics = [dict(key='mIoU', name='mIoU'), dict(key='mIoU/objects', name='mIoU without void')]
models = dict(
    mask2former_r50='configs/mask2former/mask2former_r50_8xb2-90k_cityscapes8-9shot-{setting}-512x1024.py',
    mask2former_swin_b='configs/mask2former/mask2former_swin-b-in22k-384x384-pre_8xb2-90k_cityscapes8-9shot-{setting}-512x1024.py',
)
decoders = {9: 'configs/datasetdm/datasetdm_sd15_semantic-9shot_1xb1-50k_cityscapes8-512x512.py'}
recipe = 'configs/generate/cityscapes8.py'
data_root = _base_.cityscapes_root
data_download = _base_.cityscapes_download
num = 38000
paper = dict(
    source='DatasetDM, table of Cityscapes (8 classes)',
    rows=[
        dict(model='mask2former_r50', labels=9, setting='real', scores=dict(mIoU=71.5)),
        dict(model='mask2former_r50', labels=9, setting='synthetic', scores=dict(mIoU=69.5)),
        dict(model='mask2former_r50', labels=9, setting='real+synthetic', scores=dict(mIoU=76.7)),
        dict(model='mask2former_swin_b', labels=9, setting='real', scores=dict(mIoU=74.5)),
        dict(model='mask2former_swin_b', labels=9, setting='synthetic', scores=dict(mIoU=73.3)),
        dict(model='mask2former_swin_b', labels=9, setting='real+synthetic', scores=dict(mIoU=80.0)),
    ],
)
