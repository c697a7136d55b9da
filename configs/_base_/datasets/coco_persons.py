# COCO's persons for training, without the folder, which a stock config writes with a slash at its end.
coco_persons = dict(
    type='CocoDataset',
    data_mode='topdown',
    ann_file='annotations/person_keypoints_train2017.json',
    data_prefix=dict(img='train2017/'),
)
