# Real, synthetic and real+synthetic images of the built-in world: semantic segmentation.
#   python tools/study.py configs/studies/toyroom_semantic.py
# Copy this file for images of your own: configs/studies/README.md says what each key is.
_base_ = '../_base_/studies/toyroom.py'

task = 'semantic'
metrics = [dict(key='mIoU', name='mIoU')]
# {setting} is real, synthetic or real-synthetic; a dict by setting names three files that are called otherwise
models = dict(
    deeplabv3plus='configs/deeplabv3plus/deeplabv3plus_r18_1xb8-2k_toyroom-{setting}-128x128.py',
    mobilenet='configs/deeplabv3plus/deeplabv3plus_mobilenet-v2_1xb8-2k_toyroom-{setting}-128x128.py',
    deeplabv3='configs/deeplabv3/deeplabv3_r18_1xb8-2k_toyroom-{setting}-128x128.py',
    mask2former='configs/mask2former/mask2former_r18_1xb8-2k_toyroom-{setting}-128x128.py',
)
# by the number of labelled images; the first one, with another list, serves the other numbers
decoders = {
    20: 'configs/datasetdm/datasetdm_toyroom_semantic-phrase-20shot_1xb8-300iters_toyroom-128x128.py',
    100: 'configs/datasetdm/datasetdm_toyroom_semantic-phrase-100shot_1xb8-500iters_toyroom-128x128.py',
}
recipe = 'configs/generate/toyroom_semantic.py'
labels = (20, 100)
