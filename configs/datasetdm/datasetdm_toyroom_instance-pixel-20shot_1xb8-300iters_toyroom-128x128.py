# The same from 20 labelled images.
_base_ = './datasetdm_toyroom_instance-pixel-50shot_1xb8-300iters_toyroom-128x128.py'

train_dataloader = dict(dataset=dict(ann_file='Annotations/instances_train_20.json'))
