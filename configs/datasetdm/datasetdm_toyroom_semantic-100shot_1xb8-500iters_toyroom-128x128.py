# A decoder of the built-in world from 100 labelled images.
_base_ = './datasetdm_toyroom_semantic-20shot_1xb8-500iters_toyroom-128x128.py'

train_dataloader = dict(dataset=dict(ann_file='ImageSets/Segmentation/train_100.txt'))
