# As toyroom_depth_50shot, from 200 labelled images.
_base_ = './toyroom_depth_50shot.py'

train_dataloader = dict(dataset=dict(listed='ImageSets/Segmentation/train_200.txt'))
