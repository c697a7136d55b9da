# The same from 200 labelled images.
_base_ = './datasetdm_toyroom_depth-50shot_1xb8-500iters_toyroom-128x128.py'

train_dataloader = dict(dataset=dict(listed='ImageSets/Segmentation/train_200.txt'))
