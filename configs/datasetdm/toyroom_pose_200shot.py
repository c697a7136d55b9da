# As toyroom_pose_50shot, from 200 labelled images.
_base_ = './toyroom_pose_50shot.py'

train_dataloader = dict(dataset=dict(ann_file='Annotations/person_keypoints_train_200.json'))
