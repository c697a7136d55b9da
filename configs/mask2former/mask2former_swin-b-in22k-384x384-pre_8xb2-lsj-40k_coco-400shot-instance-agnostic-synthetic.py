# Setting "synthetic": the generated images alone (paper: 17.6 AP).
_base_ = './mask2former_swin-b-in22k-384x384-pre_8xb2-lsj-40k_coco-400shot-instance-agnostic-real.py'

train_dataloader = dict(dataset=dict(_delete_=True, **_base_.synthetic))
