# The decoder with one rule for all names, from 100 labelled images.
_base_ = './toyroom_semantic_20shot_phrase.py'

train_dataloader = dict(dataset=dict(ann_file='ImageSets/Segmentation/train_100.txt'))
