# DatasetDM supp. table 5: DeepFashion-MM's 24 classes from 100 labelled images (supp. table 1 has 120: --labels 120).
_base_ = ['../_base_/studies/paper.py', '../_base_/datasets/deepfashion.py']

task = 'semantic'
metrics = [dict(key='mIoU', name='mIoU')]
models = dict(
    mask2former_r50='configs/mask2former/mask2former_r50_8xb2-40k_deepfashion-120shot-{setting}-512x512.py',
    mask2former_swin_b='configs/mask2former/mask2former_swin-b-in22k-384x384-pre_8xb2-40k_deepfashion-120shot-{setting}-512x512.py',
)
# the table has no such row
overrides = dict(mask2former_swin_b=dict(settings=('real', 'real+synthetic')))
decoders = {120: 'configs/datasetdm/datasetdm_sd15_semantic-120shot_1xb1-50k_deepfashion-512x512.py'}
labelled = {100: dict(cover=100)}
recipe = 'configs/generate/deepfashion.py'
data_root = _base_.deepfashion_root
data_download = _base_.deepfashion_download
labels = (100,)
num = 40000
paper = dict(
    source='DatasetDM supp. table 5',
    rows=[
        dict(
            model='mask2former_r50',
            labels=100,
            setting='real',
            scores=dict(mIoU=31.2),
            classes=dict(outer=58.2, dress=65.2, headwear=19.2, belt=24.3, socks=0.0),
        ),
        dict(
            model='mask2former_r50',
            labels=100,
            setting='synthetic',
            scores=dict(mIoU=28.9),
            classes=dict(outer=53.1, dress=57.2, headwear=0.4, belt=0.4, socks=0.0),
        ),
        dict(
            model='mask2former_r50',
            labels=100,
            setting='real+synthetic',
            scores=dict(mIoU=36.7),
            classes=dict(outer=53.1, dress=59.3, headwear=34.3, belt=59.1, socks=3.2),
        ),
        dict(
            model='mask2former_swin_b',
            labels=100,
            setting='real',
            scores=dict(mIoU=40.1),
            classes=dict(outer=58.1, dress=56.1, headwear=64.3, belt=33.4, socks=7.2),
        ),
        dict(
            model='mask2former_swin_b',
            labels=100,
            setting='real+synthetic',
            scores=dict(mIoU=45.1),
            classes=dict(outer=70.0, dress=70.8, headwear=72.0, belt=32.8, socks=5.9),
        ),
    ],
)
