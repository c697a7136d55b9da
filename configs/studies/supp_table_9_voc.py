# DatasetDM supp. table 9, trained on Cityscapes and tested on Pascal VOC 2012: cars, persons and riders, and
# motorbikes. "real" is all of the training domain's images, "synthetic" what a decoder of 9 of them labels.
_base_ = ['../_base_/studies/paper.py', '../_base_/datasets/domains.py']

task = 'semantic'
metrics = [dict(key='mIoU/objects', name='mIoU of the three')]
stem = 'configs/mask2former/mask2former_r50_8xb2-40k_cityscapes-to-voc12'
models = dict(mask2former_r50=dict(real=f'{stem}-real-512x512.py', synthetic=f'{stem}-synthetic-512x512.py'))
decoders = {9: 'configs/datasetdm/datasetdm_sd15_semantic-9shot_1xb1-50k_cityscapes-domains-512x512.py'}
recipe = 'configs/generate/domains_cityscapes.py'
data_root = _base_.cityscapes_root
data_download = _base_.domain_cityscapes_download
settings = ('real', 'synthetic')
num = 40000
paper = dict(
    source='DatasetDM supp. table 9',
    rows=[
        dict(
            model='mask2former_r50',
            labels=9,
            setting='real',
            scores={'mIoU of the three': 29.2},
            classes=dict(car=26.4, person=32.9, motorbike=28.3),
        ),
        dict(
            model='mask2former_r50',
            labels=9,
            setting='synthetic',
            scores={'mIoU of the three': 73.6},
            classes=dict(car=77.9, person=72.9, motorbike=70.1),
        ),
    ],
)
del stem
