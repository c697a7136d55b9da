# The paper's row of all labelled images of Pascal VOC 2012: Mask2Former Swin-B on the 10,582 of mmseg (the paper says
# 11.5k, and 10.6k in supp. table 1) without and with 40,000 generated ones. Which images the paper's decoder was
# trained on is not said: here the 100 of voc_semantic.py.
_base_ = ['../_base_/studies/voc.py', '../_base_/studies/voc_aug.py']

models = dict(
    mask2former_swin_b='configs/mask2former/mask2former_swin-b-in22k-384x384-pre_8xb2-40k_voc12-100shot-{setting}-512x512.py'
)
overrides = dict(mask2former_swin_b=dict(real=_base_.voc_aug))
decoders = {'_delete_': True, 10582: 'configs/datasetdm/voc_100shot.py'}
labels = (10582,)
settings = ('real', 'real+synthetic')
paper = dict(
    source='DatasetDM, table of Pascal VOC 2012',
    rows=[
        dict(model='mask2former_swin_b', labels=10582, setting='real', scores=dict(mIoU=84.3)),
        dict(model='mask2former_swin_b', labels=10582, setting='real+synthetic', scores=dict(mIoU=85.4)),
    ],
)
