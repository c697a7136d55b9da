# As toyroom_instance_50shot_pixel, from 20 labelled images.
_base_ = './toyroom_instance_50shot_pixel.py'

train_dataloader = dict(dataset=dict(ann_file='Annotations/instances_train_20.json'))
