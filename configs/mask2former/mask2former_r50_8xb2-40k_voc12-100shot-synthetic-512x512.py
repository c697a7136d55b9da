# Setting "synthetic": 40k images that configs/generate/voc.py makes (paper: 60.3 mIoU).
_base_ = './mask2former_r50_8xb2-40k_voc12-100shot-real-512x512.py'

train_dataloader = dict(dataset=dict(_delete_=True, **_base_.synthetic))
