# What mmseg's Mask2Former is trained with here. No name is one of a stock config's, so that both may be bases.
_base_ = './import_mmdatasetdm.py'

# mmdet's parts, and our losses, in which ignored pixels of generated labels weaken nothing
mask2former_imports = dict(
    imports=['mmdatasetdm', 'mmdet.models', 'mmdatasetdm.models.downstream.mask2former'], allow_failed_imports=False
)
mask2former_head = dict(type='mmdatasetdm.SemanticMask2FormerHead')
mask2former_40k = [dict(type='PolyLR', eta_min=0, power=0.9, begin=0, end=40000, by_epoch=False)]
# the last checkpoint is the result: the stock config's choice of the best would look at other labelled images
mask2former_hooks = dict(checkpoint=dict(save_best=None), visualization=dict(draw=True, interval=200))
