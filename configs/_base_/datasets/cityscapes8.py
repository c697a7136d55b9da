# Cityscapes with 8 classes (DatasetDM supp. table 3, in which sidewalks are void): the images of cityscapes.py with the
# labels that tools/dataset_converters/cityscapes.py writes.
_base_ = './cityscapes.py'

# which of the official label ids each class is; license plates, -1, are not drawn: their pixels are the vehicle's
cityscapes8_ids = dict(
    Void=[0, 1, 2, 3, 4, 5, 6, 8, 9, 10],
    Road=[7],
    Construction=[11, 12, 13, 14, 15, 16],
    Object=[17, 18, 19, 20],
    Nature=[21, 22],
    Sky=[23],
    Human=[24, 25],
    Vehicle=[26, 27, 28, 29, 30, 31, 32, 33],
)
cityscapes8_classes = tuple(cityscapes8_ids)
cityscapes8_metainfo = dict(
    classes=cityscapes8_classes,
    palette=[
        [0, 0, 0],
        [128, 64, 128],
        [70, 70, 70],
        [153, 153, 153],
        [107, 142, 35],
        [70, 130, 180],
        [220, 20, 60],
        [0, 0, 142],
    ],
)
# As the text encoder is to read them.
cityscapes8_class_prompts = dict(
    Road='road',
    Construction='buildings',
    Object='poles and signs',
    Nature='trees',
    Sky='sky',
    Human='people',
    Vehicle='vehicles',
)
cityscapes8_images = dict(
    _base_.cityscapes_images,
    type='BaseSegDataset',
    metainfo=cityscapes8_metainfo,
    img_suffix='_leftImg8bit.png',
    seg_map_suffix='_gtFine_label8Ids.png',
)
# void is in every image and gets none of its own
cityscapes8_9shot = dict(_base_.cityscapes_9shot, background=0, dataset=cityscapes8_images)
# The paper counts 8 classes, of which void is one; the mean without it, as Cityscapes' own benchmark has it, stands
# beside.
cityscapes8_evaluator = dict(type='mmdatasetdm.ClassIoUMetric', iou_metrics=['mIoU'], background='Void')
cityscapes8_val = dict(
    _base_.cityscapes_val,
    dataset=dict(cityscapes8_images, data_prefix=_base_.cityscapes_val.dataset.data_prefix, test_mode=True),
)
