# Setting "synthetic": 38k images that configs/generate/cityscapes8.py makes (paper: 73.3 mIoU).
_base_ = './mask2former_swin-b-in22k-384x384-pre_8xb2-90k_cityscapes8-9shot-real-512x1024.py'

train_dataloader = dict(dataset=dict(_delete_=True, **_base_.synthetic))
