# Real, synthetic and real+synthetic images of the built-in world: metric depth.
_base_ = '../_base_/studies/toyroom.py'

task = 'depth'
metrics = [
    dict(key='abs_rel', name='REL', decimals=3, lower_is_better=True),
    dict(key='d1', name='delta1', scale=100.0),
    dict(key='rmse', name='RMSE', decimals=3, lower_is_better=True),
]
models = dict(depthformer='configs/depthformer/depthformer_tiny_1xb8-2k_toyroom-{setting}-128x128.py')
decoders = {
    50: 'configs/datasetdm/datasetdm_toyroom_depth-50shot_1xb8-500iters_toyroom-128x128.py',
    200: 'configs/datasetdm/datasetdm_toyroom_depth-200shot_1xb8-500iters_toyroom-128x128.py',
}
recipe = 'configs/generate/toyroom_depth.py'
list_key = 'listed'
labels = (50, 200)
