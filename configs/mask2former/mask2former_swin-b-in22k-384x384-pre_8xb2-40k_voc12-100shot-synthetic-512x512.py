# Setting "synthetic": 40k images that configs/generate/voc.py makes; none of them is labelled by hand.
_base_ = './mask2former_swin-b-in22k-384x384-pre_8xb2-40k_voc12-100shot-real-512x512.py'

train_dataloader = dict(dataset=dict(_delete_=True, **_base_.synthetic))
