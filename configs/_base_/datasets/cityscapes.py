# Cityscapes: where it is, its 19 classes, and its 9 labelled images (DatasetDM supp. table 1), in which every class is
# shown as often as may be. The names are not those of a stock config, so that both may be bases of one config.
cityscapes_root = '{{$MMDATASETDM_CITYSCAPES:data/cityscapes}}'
cityscapes_download = (
    'Download leftImg8bit_trainvaltest.zip and gtFine_trainvaltest.zip from https://www.cityscapes-dataset.com and '
    'unpack them in data/cityscapes, so that data/cityscapes/leftImg8bit/train and gtFine/train are there, or set '
    'MMDATASETDM_CITYSCAPES to the folder; then run python tools/dataset_converters/cityscapes.py on it'
)
# which of the official label ids each class is
cityscapes_ids = {
    'road': [7],
    'sidewalk': [8],
    'building': [11],
    'wall': [12],
    'fence': [13],
    'pole': [17],
    'traffic light': [19],
    'traffic sign': [20],
    'vegetation': [21],
    'terrain': [22],
    'sky': [23],
    'person': [24],
    'rider': [25],
    'car': [26],
    'truck': [27],
    'bus': [28],
    'train': [31],
    'motorcycle': [32],
    'bicycle': [33],
}
cityscapes_classes = tuple(cityscapes_ids)
# The classes that are no words of plain English, as the text encoder is to read them.
cityscapes_class_prompts = dict(vegetation='trees', terrain='grass', rider='cyclist')
cityscapes_images = dict(
    type='CityscapesDataset',
    data_root=cityscapes_root,
    data_prefix=dict(img_path='leftImg8bit/train', seg_map_path='gtFine/train'),
)
cityscapes_9shot = dict(
    type='mmdatasetdm.FewShotDataset',
    cover=9,
    min_fraction=0.001,
    background=None,
    download=cityscapes_download,
    dataset=cityscapes_images,
)
cityscapes_val = dict(
    type='mmdatasetdm.FewShotDataset',
    download=cityscapes_download,
    dataset=dict(
        cityscapes_images, data_prefix=dict(img_path='leftImg8bit/val', seg_map_path='gtFine/val'), test_mode=True
    ),
)
# twice as wide as high
cityscapes_fit = dict(type='Resize', scale=(1024, 512), keep_ratio=True)
