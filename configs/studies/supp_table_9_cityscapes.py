# DatasetDM supp. table 9, trained on Pascal VOC 2012 and tested on Cityscapes: cars, persons and riders, and
# motorbikes. "real" is all of the training domain's images, "synthetic" what a decoder of 99 of them labels.
_base_ = ['../_base_/studies/paper.py', '../_base_/datasets/domains.py']

task = 'semantic'
metrics = [dict(key='mIoU/objects', name='mIoU of the three')]
stem = 'configs/mask2former/mask2former_r50_8xb2-40k_voc12-to-cityscapes'
models = dict(mask2former_r50=dict(real=f'{stem}-real-512x512.py', synthetic=f'{stem}-synthetic-512x512.py'))
decoders = {99: 'configs/datasetdm/datasetdm_sd15_semantic-99shot_1xb1-50k_voc12-domains-512x512.py'}
recipe = 'configs/generate/domains_voc.py'
data_root = _base_.voc_root
data_download = _base_.domain_voc_download
settings = ('real', 'synthetic')
num = 40000
paper = dict(
    source='DatasetDM supp. table 9',
    rows=[
        dict(
            model='mask2former_r50',
            labels=99,
            setting='real',
            scores={'mIoU of the three': 50.2},
            classes=dict(car=85.6, person=53.2, motorbike=11.9),
        ),
        dict(
            model='mask2former_r50',
            labels=99,
            setting='synthetic',
            scores={'mIoU of the three': 52.4},
            classes=dict(car=85.6, person=58.9, motorbike=12.7),
        ),
    ],
)
del stem
