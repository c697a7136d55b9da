# DeepLabV3 R101 on VOC 2012, the paper's model beside semi-supervised ones (DatasetDM supp. table 8). Setting "real":
# 100 labelled images, those of configs/datasetdm/voc_100shot.py. Data: data/VOCdevkit/VOC2012.
_base_ = ['../_base_/deeplab_voc_100shot.py', 'mmseg::_base_/models/deeplabv3_r50-d8.py']

model = dict(
    data_preprocessor=dict(size=_base_.crop_size),
    pretrained='open-mmlab://resnet101_v1c',
    backbone=dict(depth=101),
    decode_head=_base_.voc_head,
    auxiliary_head=_base_.voc_head,
)
