# The 10,582 training images of Pascal VOC 2012 with SBD's labels beside its own, as keys of a FewShotDataset.
voc_aug = {
    'per_class': None,
    'dataset.ann_file': 'ImageSets/Segmentation/trainaug.txt',
    'dataset.data_prefix.seg_map_path': 'SegmentationClassAug',
    'download': 'It is made of Pascal VOC 2012 and SBD as docs/datasets.md says',
}
