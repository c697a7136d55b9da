# CamVid at 320x240, 11 classes: 100 training images evenly spaced in the 367, 101 for validation, 233 for test.
_base_ = './decoder_transforms.py'
data_root = '{{$MMDATASETDM_CAMVID:data/camvid}}'
# which of the official 32 classes each of the usual 11 consists of; all others are void
camvid_classes = dict(
    Sky=['Sky'],
    Building=['Archway', 'Bridge', 'Building', 'Tunnel', 'Wall'],
    Pole=['Column_Pole', 'TrafficCone'],
    Road=['Road', 'LaneMkgsDriv', 'LaneMkgsNonDriv'],
    Pavement=['Sidewalk', 'ParkingBlock', 'RoadShoulder'],
    Tree=['Tree', 'VegetationMisc'],
    SignSymbol=['SignSymbol', 'Misc_Text', 'TrafficLight'],
    Fence=['Fence'],
    Car=['Car', 'SUVPickupTruck', 'Truck_Bus', 'Train', 'OtherMoving'],
    Pedestrian=['Pedestrian', 'Child', 'CartLuggagePram', 'Animal'],
    Bicyclist=['Bicyclist', 'MotorcycleScooter'],
)
class_names = tuple(camvid_classes)
metainfo = dict(
    classes=class_names,
    palette=[
        [128, 128, 128],
        [128, 0, 0],
        [192, 192, 128],
        [128, 64, 128],
        [0, 0, 192],
        [128, 128, 0],
        [192, 128, 128],
        [64, 64, 128],
        [64, 0, 128],
        [64, 64, 0],
        [0, 128, 192],
    ],
)
download = (
    'Download CamVid from http://mi.eng.cam.ac.uk/research/projects/VideoRec/CamVid and run '
    'python tools/dataset_converters/camvid.py on it, which writes images/{train,val,test}/NAME.png and '
    'annotations/{train,val,test}/NAME.png with ids 0 to 10 and 255 for void; or set MMDATASETDM_CAMVID to that folder'
)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(
        type='mmdatasetdm.FixedVariants',
        variants=4,
        transforms=[
            dict(type='RandomResize', scale=(320, 256), ratio_range=(1.0, 1.5), keep_ratio=False),
            dict(type='RandomCrop', crop_size=(256, 256)),
            dict(type='RandomFlip', prob=0.5),
        ],
    ),
    dict(type='PackSegInputs'),
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=(320, 256), keep_ratio=False),
    dict(type='LoadAnnotations'),
    dict(type='PackSegInputs'),
]
# tools/test.py --tta: the mean of the image and of its mirror image
tta_model = dict(type='SegTTAModel')
tta_pipeline = [
    test_pipeline[0],
    dict(type='TestTimeAug', transforms=[_base_.flips, *([step] for step in test_pipeline[1:])]),
]
train_images = dict(
    type='BaseSegDataset',
    data_root=data_root,
    data_prefix=dict(img_path='images/train', seg_map_path='annotations/train'),
    metainfo=metainfo,
)
val_images = dict(
    train_images,
    data_prefix=dict(img_path='images/val', seg_map_path='annotations/val'),
    test_mode=True,
)
test_images = dict(val_images, data_prefix=dict(img_path='images/test', seg_map_path='annotations/test'))
train_dataloader = dict(
    batch_size=4,
    num_workers=0,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(
        type='mmdatasetdm.FewShotDataset', num=100, download=download, pipeline=train_pipeline, dataset=train_images
    ),
)
val_dataloader = dict(
    batch_size=4,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(type='mmdatasetdm.FewShotDataset', download=download, pipeline=test_pipeline, dataset=val_images),
)
test_dataloader = dict(val_dataloader, dataset=dict(val_dataloader['dataset'], dataset=test_images))
val_evaluator = dict(type='IoUMetric', iou_metrics=['mIoU'])
test_evaluator = val_evaluator
