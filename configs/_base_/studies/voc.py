# What the studies of Pascal VOC 2012 from 100 labelled images have in common.
_base_ = ['./paper.py', '../datasets/voc.py']

task = 'semantic'
metrics = [dict(key='mIoU', name='mIoU')]
decoders = {100: 'configs/datasetdm/voc_100shot.py'}
# as many of each class, for the numbers of labels in supp. table 8
labelled = {60: dict(per_class=3), 200: dict(per_class=10), 600: dict(per_class=30)}
labels = (100,)
recipe = 'configs/generate/voc.py'
data_root = _base_.voc_root
data_download = _base_.voc_download
num = 40000
