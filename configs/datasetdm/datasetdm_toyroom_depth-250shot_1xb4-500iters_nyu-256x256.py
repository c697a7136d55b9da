# The same from 250 labelled images.
_base_ = './datasetdm_toyroom_depth-50shot_1xb4-500iters_nyu-256x256.py'

train_dataloader = dict(dataset=dict(num=250))
