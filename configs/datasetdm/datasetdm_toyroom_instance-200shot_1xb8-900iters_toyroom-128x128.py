# The same from 200 labelled images.
_base_ = './datasetdm_toyroom_instance-50shot_1xb8-900iters_toyroom-128x128.py'

train_dataloader = dict(dataset=dict(ann_file='Annotations/instances_train_200.json'))
