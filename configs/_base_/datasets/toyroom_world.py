# The built-in world: the folder of its labelled sets, its classes and their colours, which are those of
# mmdatasetdm/toyroom/captions.py and of the shipped label maps. Instances have no background. Colours are tuples, since
# mmdet takes nothing else. The names are not those of a stock config, so that both may be bases of one config.

# setup.py writes the wheel's path, whose configs are in another folder. Not normalised: configs may be behind a link.
toyroom_root = '{{ fileDirname }}/../../../mmdatasetdm/assets/toyroom/data'
toyroom_classes = (
    'background',
    'person',
    'chair',
    'table',
    'sofa',
    'cabinet',
    'lamp',
    'plant',
    'ball',
    'vase',
    'television',
    'bed',
    'dog',
)
toyroom_palette = [
    (0, 0, 0),
    (220, 40, 60),
    (240, 150, 30),
    (150, 90, 40),
    (130, 60, 200),
    (90, 120, 90),
    (250, 230, 60),
    (40, 180, 60),
    (50, 120, 240),
    (40, 210, 210),
    (110, 110, 140),
    (250, 120, 200),
    (180, 180, 60),
]
toyroom_metainfo = dict(classes=toyroom_classes, palette=toyroom_palette)
toyroom_instance_metainfo = dict(classes=toyroom_classes[1:], palette=toyroom_palette[1:])

# the labelled sets that every decoder and every stock model reads
toyroom_semantic = dict(
    type='BaseSegDataset',
    data_root=toyroom_root,
    ann_file='ImageSets/Segmentation/train_20.txt',
    data_prefix=dict(img_path='JPEGImages', seg_map_path='SegmentationClass'),
    metainfo=toyroom_metainfo,
)
toyroom_instances = dict(
    type='CocoDataset',
    data_root=toyroom_root,
    ann_file='Annotations/instances_train_50.json',
    data_prefix=dict(img='JPEGImages/'),
    metainfo=toyroom_instance_metainfo,
    filter_cfg=dict(filter_empty_gt=True),
)
toyroom_persons = dict(
    type='CocoDataset',
    data_root=toyroom_root,
    data_mode='topdown',
    ann_file='Annotations/person_keypoints_train_50.json',
    data_prefix=dict(img='JPEGImages/'),
)
# for stock semantic models: crops of the generator's size
toyroom_augmentations = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='RandomResize', scale=(128, 128), ratio_range=(0.75, 1.75), keep_ratio=True),
    dict(type='RandomCrop', crop_size=(128, 128), cat_max_ratio=0.95),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PhotoMetricDistortion'),
    dict(type='PackSegInputs'),
]
# for decoders
toyroom_train_loader = dict(batch_size=8, num_workers=0, sampler=dict(type='InfiniteSampler', shuffle=True))
# one: photographs of several sizes would be padded to one, which their predictions see
toyroom_val_loader = dict(batch_size=1, num_workers=0, sampler=dict(type='DefaultSampler', shuffle=False))
