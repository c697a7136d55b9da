# Setting "synthetic": the generated images alone (paper: 12.2 AP).
_base_ = './mask2former_r50_8xb2-lsj-40k_coco-400shot-instance-agnostic-real.py'

train_dataloader = dict(dataset=dict(_delete_=True, **_base_.synthetic))
