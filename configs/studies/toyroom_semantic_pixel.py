# The semantic study with the pixel classifier that reads no class's own attention: what attention is worth.
_base_ = './toyroom_semantic.py'

decoders = {20: 'configs/datasetdm/datasetdm_toyroom_semantic-pixel-20shot_1xb8-500iters_toyroom-128x128.py'}
labels = (20,)
