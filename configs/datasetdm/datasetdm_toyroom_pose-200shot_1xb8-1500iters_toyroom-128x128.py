# The same from 200 labelled images.
_base_ = './datasetdm_toyroom_pose-50shot_1xb8-1500iters_toyroom-128x128.py'

train_dataloader = dict(dataset=dict(ann_file='Annotations/person_keypoints_train_200.json'))
