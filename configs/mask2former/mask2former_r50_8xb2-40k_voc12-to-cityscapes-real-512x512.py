# DatasetDM supp. table 9: the other way round, learnt from Pascal VOC 2012 and tested on Cityscapes (IoU
# 85.6, 53.2 and 11.9).
_base_ = './mask2former_r50_8xb2-40k_cityscapes-to-voc12-real-512x512.py'

data_root = _base_.cityscapes_root
test_pipeline = _base_.domain_cityscapes_val.pipeline
real, synthetic = _base_.real_voc, _base_.synthetic_voc
train_dataloader = dict(dataset=dict(_delete_=True, **real))
val_dataloader = dict(dataset=dict(_delete_=True, **_base_.domain_cityscapes_val))
test_dataloader = val_dataloader
