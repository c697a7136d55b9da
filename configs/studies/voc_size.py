# The paper's comparison of how many generated images 100 labelled ones of Pascal VOC 2012 need: Mask2Former Swin-B on
# the first 100, 400 and 4,000 of the 40,000, and on all of them.
_base_ = '../_base_/studies/voc.py'

stem = 'configs/mask2former/mask2former_swin-b-in22k-384x384-pre_8xb2-40k_voc12-100shot-{setting}-512x512.py'
parts = dict(mask2former_swin_b_100=100, mask2former_swin_b_400=400, mask2former_swin_b_4k=4000)
models = dict.fromkeys((*parts, 'mask2former_swin_b'), stem)
overrides = {name: dict(synthetic=dict(num=number)) for name, number in parts.items()}
settings = ('real+synthetic',)
paper = dict(
    source='DatasetDM, size of the synthetic set',
    rows=[
        dict(model='mask2former_swin_b_100', labels=100, setting='real+synthetic', scores=dict(mIoU=67.9)),
        dict(model='mask2former_swin_b_400', labels=100, setting='real+synthetic', scores=dict(mIoU=76.1)),
        dict(model='mask2former_swin_b', labels=100, setting='real+synthetic', scores=dict(mIoU=78.5)),
    ],
)
del stem, parts
