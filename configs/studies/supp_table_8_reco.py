# DatasetDM supp. table 8 with labelled images chosen as ReCo chooses: of all 10,582, those of two classes or more,
# every class about equally often. ReCo walks the images in a random order, this study in that of FewShotDataset.
_base_ = ['./supp_table_8.py', '../_base_/studies/voc_aug.py']

labelled = {count: dict(_base_.voc_aug, balanced=count, min_classes=2) for count in (60, 200, 600)}
