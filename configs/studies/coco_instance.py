# COCO 2017 instances of the real 80 classes from 400 labelled images. The paper has one class, "object":
# supp_table_1.py; "class-agnostic AP" is what its numbers compare with.
_base_ = ['../_base_/studies/paper.py', '../_base_/datasets/coco_instances.py']

task = 'instance'
metrics = [
    dict(key='coco/segm_mAP', name='mask AP', scale=100.0, empty=0.0),
    dict(key='coco/bbox_mAP', name='box AP', scale=100.0, empty=0.0),
    dict(key='agnostic/segm_mAP', name='class-agnostic AP', scale=100.0, empty=0.0),
]
models = dict(
    mask2former_r50='configs/mask2former/mask2former_r50_8xb2-lsj-40k_coco-400shot-instance-{setting}.py',
    mask2former_swin_b='configs/mask2former/mask2former_swin-b-in22k-384x384-pre_8xb2-lsj-40k_coco-400shot-instance-{setting}.py',
)
decoders = {400: 'configs/datasetdm/datasetdm_sd15_instance-400shot_1xb1-50k_coco-512x512.py'}
labelled = {800: dict(per_class=10)}
recipe = 'configs/generate/coco_instance.py'
data_root = _base_.coco_root
data_download = _base_.coco_download
labels = (400, 800)
num = 80000
