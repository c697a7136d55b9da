# Domain generalisation between Pascal VOC 2012 and Cityscapes (DatasetDM supp. table 9): the three classes that both
# have, Cityscapes' riders being persons; all else is background. The labels are those that
# tools/dataset_converters/domains.py writes beside the official ones.
_base_ = ['./voc.py', './cityscapes.py']

domain_classes = ('background', 'car', 'person', 'motorbike')
domain_metainfo = dict(classes=domain_classes, palette=[[0, 0, 0], [0, 0, 142], [220, 20, 60], [0, 0, 230]])
# which of the official ids each class is: VOC's own, and Cityscapes' label ids
domain_voc_ids = dict(car=[7], person=[15], motorbike=[14])
domain_cityscapes_ids = dict(car=[26], person=[24, 25], motorbike=[32])
# what Cityscapes' own evaluation ignores
domain_cityscapes_ignored = [0, 1, 2, 3, 4, 5, 6, 9, 10, 14, 15, 16, 18, 29, 30]
domain_convert = 'then run python tools/dataset_converters/domains.py on it'

domain_voc_images = dict(
    _base_.voc_images,
    type='BaseSegDataset',
    metainfo=domain_metainfo,
    data_prefix=dict(img_path='JPEGImages', seg_map_path='SegmentationClassDomains'),
)
domain_voc_download = f'{_base_.voc_download}; {domain_convert}'
# 34, 33 and 33 of the 100 images of supp. table 1 would need a rule of their own: 33 of each
domain_voc_99shot = dict(
    type='mmdatasetdm.FewShotDataset', per_class=33, download=domain_voc_download, dataset=domain_voc_images
)
domain_voc_val = dict(
    type='mmdatasetdm.FewShotDataset',
    download=domain_voc_download,
    dataset=dict(domain_voc_images, ann_file='ImageSets/Segmentation/val.txt', test_mode=True),
)
domain_cityscapes_images = dict(
    _base_.cityscapes_images,
    type='BaseSegDataset',
    metainfo=domain_metainfo,
    img_suffix='_leftImg8bit.png',
    seg_map_suffix='_gtFine_labelDomainIds.png',
)
domain_cityscapes_download = f'{_base_.cityscapes_download}; {domain_convert}'
domain_cityscapes_9shot = dict(
    _base_.cityscapes_9shot, background=0, download=domain_cityscapes_download, dataset=domain_cityscapes_images
)
domain_cityscapes_val = dict(
    type='mmdatasetdm.FewShotDataset',
    download=domain_cityscapes_download,
    dataset=dict(domain_cityscapes_images, data_prefix=_base_.cityscapes_val.dataset.data_prefix, test_mode=True),
)
# the mean of the three classes, as the paper counts
domain_evaluator = dict(type='mmdatasetdm.ClassIoUMetric', iou_metrics=['mIoU'], background='background')
