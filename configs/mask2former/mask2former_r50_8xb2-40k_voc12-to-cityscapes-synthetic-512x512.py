# Setting "synthetic": images that configs/generate/domains_voc.py makes (paper: IoU 85.6, 58.9 and 12.7).
_base_ = './mask2former_r50_8xb2-40k_voc12-to-cityscapes-real-512x512.py'

train_dataloader = dict(dataset=dict(_delete_=True, **_base_.synthetic))
