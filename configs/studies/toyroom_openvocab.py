# Real, synthetic and real+synthetic images of the built-in world: classes that no label shows (--unseen changes them).
_base_ = '../_base_/studies/toyroom.py'

task = 'openvocab'
metrics = [
    dict(key='unseen', name='unseen mIoU'),
    dict(key='seen', name='seen mIoU'),
    dict(key='harmonic', name='harmonic mean'),
]
models = dict(
    deeplabv3plus='configs/deeplabv3plus/deeplabv3plus_r18_1xb8-2k_toyroom-zeroshot-{setting}-128x128.py',
)
decoders = {50: 'configs/datasetdm/datasetdm_toyroom_openvocab-50shot_1xb8-300iters_toyroom-128x128.py'}
recipe = 'configs/generate/toyroom_openvocab.py'
annotator = 'semantic'  # the decoder's name in the recipe
unseen = ('sofa', 'ball', 'dog')
labels = (50, 200)
