# The images of toyroom_semantic, labelled by a decoder that never saw a label of a sofa, a ball or a dog: it is told
# the names of all classes here and finds the three by theirs.
_base_ = './toyroom_semantic.py'

decoders = dict(
    semantic=dict(
        config='configs/datasetdm/datasetdm_toyroom_openvocab-50shot_1xb8-300iters_toyroom-128x128.py',
        checkpoint='work_dirs/datasetdm_toyroom_openvocab-50shot_1xb8-300iters_toyroom-128x128',
        classes=(
            'background',
            'person',
            'chair',
            'table',
            'sofa',
            'cabinet',
            'lamp',
            'plant',
            'ball',
            'vase',
            'television',
            'bed',
            'dog',
        ),
    )
)
