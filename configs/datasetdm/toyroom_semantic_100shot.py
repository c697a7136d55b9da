# A decoder of the built-in world from 100 labelled images.
_base_ = './toyroom_semantic_20shot.py'

train_dataloader = dict(dataset=dict(ann_file='ImageSets/Segmentation/train_100.txt'))
