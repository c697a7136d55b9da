# SimpleBaseline ResNet-50 at 256x192 on COCO keypoints (paper: 31.3 AP real, 36.4 real+synthetic). Setting "real": 800
# images.
# The stock COCO config on the people of images evenly spaced in train2017. Data: data/coco.
_base_ = [
    '../_base_/import_mmdatasetdm.py',
    '../_base_/datasets/coco_persons.py',
    'mmpose::body_2d_keypoint/topdown_heatmap/coco/td-hm_res50_8xb64-210e_coco-256x192.py',
]

custom_imports = dict(
    imports=['mmdatasetdm', 'mmpose.models', 'mmpose.datasets', 'mmpose.evaluation'], allow_failed_imports=False
)
data_root = '{{$MMDATASETDM_COCO:data/coco}}/'
download = (
    'Put COCO 2017 there as train2017/, val2017/ and annotations/person_keypoints_{train,val}2017.json, and the '
    "detector's boxes, which https://github.com/HRNet/HRNet-Human-Pose-Estimation links, as person_detection_results/"
    'COCO_val2017_detections_AP_H_56_person.json; or set MMDATASETDM_COCO to the folder'
)
persons = dict(_base_.coco_persons, data_root=data_root)
# 800 images hold some 2,000 people
real = dict(
    type='mmdatasetdm.FewShotDataset', images=800, download=download, pipeline=_base_.train_pipeline, dataset=persons
)
synthetic = dict(
    type='mmdatasetdm.SyntheticDataset',
    root='data/synthetic/coco_pose',
    pipeline=_base_.train_pipeline,
    dataset=dict(type='CocoDataset', data_mode='topdown'),
)
train_dataloader = dict(
    sampler=dict(_delete_=True, type='InfiniteSampler', shuffle=True), dataset=dict(_delete_=True, **real)
)
# the stock config has its own data_root in each of these
val_dataloader = dict(
    dataset=dict(
        data_root=data_root,
        bbox_file=data_root + 'person_detection_results/COCO_val2017_detections_AP_H_56_person.json',
    )
)
test_dataloader = val_dataloader
val_evaluator = dict(ann_file=data_root + 'annotations/person_keypoints_val2017.json')
test_evaluator = val_evaluator

# 40k iterations in every setting, the rate falling as in the stock schedule of 210 epochs.
max_iters = 40000
train_cfg = dict(_delete_=True, type='IterBasedTrainLoop', max_iters=max_iters, val_interval=max_iters // 10)
param_scheduler = [
    dict(type='LinearLR', begin=0, end=500, start_factor=0.001, by_epoch=False),
    dict(type='MultiStepLR', begin=0, end=max_iters, milestones=[32000, 38000], gamma=0.1, by_epoch=False),
]
# the last checkpoint is the result: the stock config's choice of the best would look at other labelled images
default_hooks = dict(checkpoint=dict(by_epoch=False, interval=max_iters // 10, save_best=None))
log_processor = dict(by_epoch=False)
