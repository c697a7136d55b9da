# DatasetDM supp. table 1 lists how many labelled and generated images seven tasks have. Six of them have tables of
# their own; this study is its first row, instances of COCO 2017 from 400 labelled images, with the numbers of the
# paper's table: AP of one class, "object". The real classes: coco_instance.py.
_base_ = ['../_base_/studies/paper.py', '../_base_/datasets/coco_instances.py']

task = 'instance'
metrics = [dict(key='agnostic/segm_mAP', name='AP', scale=100.0, empty=0.0)]
models = dict(
    mask2former_r50='configs/mask2former/mask2former_r50_8xb2-lsj-40k_coco-400shot-instance-agnostic-{setting}.py',
    mask2former_swin_b=(
        'configs/mask2former/mask2former_swin-b-in22k-384x384-pre_8xb2-lsj-40k_coco-400shot-instance-agnostic-{setting}.py'
    ),
)
decoders = {400: 'configs/datasetdm/datasetdm_sd15_instance-agnostic-400shot_1xb1-50k_coco-512x512.py'}
labelled = {800: dict(per_class=10)}  # --labels 400 800
recipe = 'configs/generate/coco_instance_agnostic.py'
data_root = _base_.coco_root
data_download = _base_.coco_download
labels = (400,)
num = 80000
paper = dict(
    source='DatasetDM, table of COCO instances',
    rows=[
        dict(model='mask2former_r50', labels=400, setting='real', scores=dict(AP=4.4)),
        dict(model='mask2former_r50', labels=400, setting='synthetic', scores=dict(AP=12.2)),
        dict(model='mask2former_r50', labels=400, setting='real+synthetic', scores=dict(AP=14.8)),
        dict(model='mask2former_swin_b', labels=400, setting='real', scores=dict(AP=11.3)),
        dict(model='mask2former_swin_b', labels=400, setting='synthetic', scores=dict(AP=17.6)),
        dict(model='mask2former_swin_b', labels=400, setting='real+synthetic', scores=dict(AP=23.3)),
    ],
)
