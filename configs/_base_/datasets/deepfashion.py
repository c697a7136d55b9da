# DeepFashion-MultiModal: where it is, its 24 classes, and its 120 labelled images (DatasetDM supp. table 1; in table 5
# it is 100: cover=100), in which every class is shown as often as may be. The set has no split of its own:
# tools/dataset_converters/deepfashion.py makes one.
deepfashion_root = '{{$MMDATASETDM_DEEPFASHION:data/deepfashion}}'
deepfashion_download = (
    'Download images.zip and segm.zip of DeepFashion-MultiModal from '
    'https://github.com/yumingj/DeepFashion-MultiModal and unpack them in data/deepfashion, so that '
    'data/deepfashion/images and segm are there, or set MMDATASETDM_DEEPFASHION to the folder; then run '
    'python tools/dataset_converters/deepfashion.py on it'
)
deepfashion_classes = (
    'background',
    'top',
    'outer',
    'skirt',
    'dress',
    'pants',
    'leggings',
    'headwear',
    'eyeglass',
    'neckwear',
    'belt',
    'footwear',
    'bag',
    'hair',
    'face',
    'skin',
    'ring',
    'wrist wearing',
    'socks',
    'gloves',
    'necklace',
    'rompers',
    'earrings',
    'tie',
)
deepfashion_metainfo = dict(classes=deepfashion_classes)
# The classes that are no words of plain English, as the text encoder is to read them.
deepfashion_class_prompts = {
    'outer': 'jacket',
    'headwear': 'hat',
    'eyeglass': 'glasses',
    'neckwear': 'scarf',
    'footwear': 'shoes',
    'wrist wearing': 'bracelet',
}
deepfashion_images = dict(
    type='BaseSegDataset',
    data_root=deepfashion_root,
    data_prefix=dict(img_path='images', seg_map_path='segm'),
    ann_file='train.txt',
    img_suffix='.jpg',
    seg_map_suffix='_segm.png',
    metainfo=deepfashion_metainfo,
)
deepfashion_120shot = dict(
    type='mmdatasetdm.FewShotDataset', cover=120, download=deepfashion_download, dataset=deepfashion_images
)
deepfashion_val = dict(
    type='mmdatasetdm.FewShotDataset',
    download=deepfashion_download,
    dataset=dict(deepfashion_images, ann_file='val.txt', test_mode=True),
)
