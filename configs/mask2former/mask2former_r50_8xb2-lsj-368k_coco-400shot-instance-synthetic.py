# Setting "synthetic": the generated images alone.
_base_ = './mask2former_r50_8xb2-lsj-368k_coco-400shot-instance-real.py'

train_dataloader = dict(dataset=dict(_delete_=True, **_base_.synthetic))
