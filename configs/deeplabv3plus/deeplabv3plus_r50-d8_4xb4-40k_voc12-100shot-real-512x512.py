# DatasetDM supp. table 4: DeepLabV3+ R50 on VOC 2012, setting "real": 100 labelled images (46.3 mIoU flip, crop,
# colour). Data: data/VOCdevkit/VOC2012; the 100 images are those of configs/datasetdm/voc_100shot.py.
_base_ = ['../_base_/deeplab_voc_100shot.py', 'mmseg::_base_/models/deeplabv3plus_r50-d8.py']

model = dict(
    data_preprocessor=dict(size=_base_.crop_size),
    decode_head=_base_.voc_head,
    auxiliary_head=_base_.voc_head,
)
