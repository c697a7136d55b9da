# DatasetDM supp. table 7: zero-shot segmentation of Pascal VOC 2012. The decoder sees 30 labelled images of each of 15
# classes; Mask2Former is trained on images with labels of all 20.
_base_ = ['../_base_/studies/paper.py', '../_base_/datasets/voc_zeroshot.py']

task = 'openvocab'
annotator = 'semantic'  # the decoder's name in the recipe
metrics = [dict(key=key, name=key) for key in ('seen', 'unseen', 'harmonic')]
models = dict(
    mask2former_r101=dict(
        synthetic='configs/mask2former/mask2former_r101_8xb2-40k_voc12-zeroshot-synthetic-512x512.py'
    ),
    mask2former_swin_b=dict(
        synthetic='configs/mask2former/mask2former_swin-b-in22k-384x384-pre_8xb2-40k_voc12-zeroshot-synthetic-512x512.py'
    ),
)
decoders = {450: 'configs/datasetdm/datasetdm_sd15_openvocab-450shot_1xb1-50k_voc12-512x512.py'}
recipe = 'configs/generate/voc_zeroshot.py'
data_root = _base_.voc_root
data_download = _base_.voc_download
settings = ('synthetic',)
unseen = tuple(_base_.voc_unseen)
num = 40000
paper = dict(
    source='DatasetDM supp. table 7',
    rows=[
        dict(
            model='mask2former_r101',
            labels=450,
            setting='synthetic',
            scores=dict(seen=65.1, unseen=51.1, harmonic=57.1),
        ),
        dict(
            model='mask2former_swin_b',
            labels=450,
            setting='synthetic',
            scores=dict(seen=78.8, unseen=60.5, harmonic=68.4),
        ),
    ],
)
