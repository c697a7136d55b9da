# Setting "synthetic": 38k images that configs/generate/deepfashion.py makes; none of them is labelled by hand.
_base_ = './mask2former_swin-b-in22k-384x384-pre_8xb2-40k_deepfashion-120shot-real-512x512.py'

train_dataloader = dict(dataset=dict(_delete_=True, **_base_.synthetic))
