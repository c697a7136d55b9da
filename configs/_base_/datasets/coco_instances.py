# COCO 2017 instances: where it is, its 80 classes, and 400 labelled images, 5 a class (DatasetDM supp. table 1; 10 a
# class are the 800). The names are not those of a stock config, so that both may be bases of one config.
coco_root = '{{$MMDATASETDM_COCO:data/coco}}'
coco_download = (
    'Download train2017.zip, val2017.zip and annotations_trainval2017.zip from https://cocodataset.org and unpack them '
    'in data/coco, so that data/coco/train2017/, val2017/ and annotations/instances_{train,val}2017.json are there, or '
    'set MMDATASETDM_COCO to the folder'
)
coco_classes = (
    'person',
    'bicycle',
    'car',
    'motorcycle',
    'airplane',
    'bus',
    'train',
    'truck',
    'boat',
    'traffic light',
    'fire hydrant',
    'stop sign',
    'parking meter',
    'bench',
    'bird',
    'cat',
    'dog',
    'horse',
    'sheep',
    'cow',
    'elephant',
    'bear',
    'zebra',
    'giraffe',
    'backpack',
    'umbrella',
    'handbag',
    'tie',
    'suitcase',
    'frisbee',
    'skis',
    'snowboard',
    'sports ball',
    'kite',
    'baseball bat',
    'baseball glove',
    'skateboard',
    'surfboard',
    'tennis racket',
    'bottle',
    'wine glass',
    'cup',
    'fork',
    'knife',
    'spoon',
    'bowl',
    'banana',
    'apple',
    'sandwich',
    'orange',
    'broccoli',
    'carrot',
    'hot dog',
    'pizza',
    'donut',
    'cake',
    'chair',
    'couch',
    'potted plant',
    'bed',
    'dining table',
    'toilet',
    'tv',
    'laptop',
    'mouse',
    'remote',
    'keyboard',
    'cell phone',
    'microwave',
    'oven',
    'toaster',
    'sink',
    'refrigerator',
    'book',
    'clock',
    'vase',
    'scissors',
    'teddy bear',
    'hair drier',
    'toothbrush',
)
coco_images = dict(
    type='CocoDataset',
    data_root=coco_root,
    ann_file='annotations/instances_train2017.json',
    data_prefix=dict(img='train2017/'),
    filter_cfg=dict(filter_empty_gt=True, min_size=32),
)
coco_400shot = dict(type='mmdatasetdm.FewShotDataset', per_class=5, download=coco_download, dataset=coco_images)
coco_val_file = f'{coco_root}/annotations/instances_val2017.json'
coco_val = dict(
    type='mmdatasetdm.FewShotDataset',
    download=coco_download,
    dataset=dict(
        type='CocoDataset',
        data_root=coco_root,
        ann_file='annotations/instances_val2017.json',
        data_prefix=dict(img='val2017/'),
        test_mode=True,
    ),
)
# the real classes, and the class-agnostic AP that the paper reports beside them
coco_evaluators = [
    dict(type='CocoMetric', ann_file=coco_val_file, metric=['segm', 'bbox']),
    dict(type='mmdatasetdm.ClassAgnosticCocoMetric', ann_file=coco_val_file),
]

# The same images as one class: the paper's networks know "object" alone.
coco_agnostic_classes = ('object',)
coco_agnostic_metainfo = dict(classes=coco_agnostic_classes, palette=[(220, 20, 60)])
coco_agnostic_400shot = dict(coco_400shot, one_class='object')
coco_agnostic_val = dict(coco_val, one_class='object')
coco_agnostic_evaluator = coco_evaluators[1]
