# The paper's comparison on Pascal VOC 2012 with 100 labelled images (DatasetDM tables 2 and 4), with Stable Diffusion.
# Every config keeps its own list of images; the number of iterations is that of the models.
_base_ = '../_base_/datasets/voc.py'

task = 'semantic'
metrics = [dict(key='mIoU', name='mIoU')]
models = dict(
    mask2former='configs/mask2former/mask2former_r50_8xb2-40k_voc12-100shot-{setting}-512x512.py',
    mask2former_swinb=(
        'configs/mask2former/mask2former_swin-b-in22k-384x384-pre_8xb2-40k_voc12-100shot-{setting}-512x512.py'
    ),
    deeplabv3plus='configs/deeplabv3plus/deeplabv3plus_r50-d8_4xb4-40k_voc12-100shot-{setting}-512x512.py',
    mobilenet='configs/deeplabv3plus/deeplabv3plus_mobilenet-v2-d8_4xb4-40k_voc12-100shot-{setting}-512x512.py',
    deeplabv3='configs/deeplabv3/deeplabv3_r101-d8_4xb4-40k_voc12-100shot-{setting}-512x512.py',
)
decoders = {100: 'configs/datasetdm/voc_100shot.py'}
recipe = 'configs/generate/voc.py'
data_root = _base_.voc_root
num = 40000
