# Pascal VOC 2012: where it is, its classes and how they are called, and its 100 labelled images, 5 a class (DatasetDM
# supp. table 1). The names are not those of a stock config, so that both may be bases of one config.
voc_root = '{{$MMDATASETDM_VOC:data/VOCdevkit/VOC2012}}'
voc_download = (
    'Download http://host.robots.ox.ac.uk/pascal/VOC/voc2012/VOCtrainval_11-May-2012.tar and unpack it in '
    'data/, so that data/VOCdevkit/VOC2012/JPEGImages is there; or set MMDATASETDM_VOC to the folder that '
    'holds JPEGImages'
)
voc_classes = (
    'background',
    'aeroplane',
    'bicycle',
    'bird',
    'boat',
    'bottle',
    'bus',
    'car',
    'cat',
    'chair',
    'cow',
    'diningtable',
    'dog',
    'horse',
    'motorbike',
    'person',
    'pottedplant',
    'sheep',
    'sofa',
    'train',
    'tvmonitor',
)
# The classes that are no words of plain English, as the text encoder is to read them.
voc_class_prompts = dict(diningtable='dining table', pottedplant='potted plant', tvmonitor='television')
voc_images = dict(
    type='PascalVOCDataset',
    data_root=voc_root,
    data_prefix=dict(img_path='JPEGImages', seg_map_path='SegmentationClass'),
    ann_file='ImageSets/Segmentation/train.txt',
)
voc_val = dict(
    type='mmdatasetdm.FewShotDataset',
    download=voc_download,
    dataset=dict(voc_images, ann_file='ImageSets/Segmentation/val.txt', test_mode=True),
)
# 3, 10 and 30 images a class are the 60, 200 and 600 of supp. table 8
voc_100shot = dict(type='mmdatasetdm.FewShotDataset', per_class=5, download=voc_download, dataset=voc_images)
