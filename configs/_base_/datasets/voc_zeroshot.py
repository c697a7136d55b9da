# Zero-shot Pascal VOC 2012: 15 classes with labels and 5 without (DatasetDM supp. table 7), 30 images of each of the
# 15, none of which shows any of the 5.
_base_ = './voc.py'

voc_unseen = ['pottedplant', 'sheep', 'sofa', 'train', 'tvmonitor']
voc_seen = [name for name in _base_.voc_classes[1:] if name not in voc_unseen]
voc_450shot = dict(_base_.voc_100shot, per_class=30, only=voc_seen)
