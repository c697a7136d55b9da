# The semantic study with the paper's decoder of queries, whatever the number of labels.
_base_ = './toyroom_semantic.py'

decoders = {
    20: 'configs/datasetdm/datasetdm_toyroom_semantic-20shot_1xb8-500iters_toyroom-128x128.py',
    100: 'configs/datasetdm/datasetdm_toyroom_semantic-100shot_1xb8-500iters_toyroom-128x128.py',
}
