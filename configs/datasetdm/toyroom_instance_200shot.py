# As toyroom_instance_50shot, from 200 labelled images.
_base_ = './toyroom_instance_50shot.py'

train_dataloader = dict(dataset=dict(ann_file='Annotations/instances_train_200.json'))
