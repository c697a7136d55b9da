# Setting "synthetic": 38k images that configs/generate/deepfashion.py makes (paper: 28.9 mIoU).
_base_ = './mask2former_r50_8xb2-40k_deepfashion-120shot-real-512x512.py'

train_dataloader = dict(dataset=dict(_delete_=True, **_base_.synthetic))
