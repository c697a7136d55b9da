# The images of toyroom_semantic, labelled by a decoder that never saw a label of a sofa, a ball or a dog: it is told
# the names of all classes here and finds the three by theirs.
_base_ = './toyroom_semantic.py'

decoders = dict(
    semantic=dict(
        config='configs/datasetdm/toyroom_openvocab_50shot.py',
        checkpoint='work_dirs/toyroom_openvocab_50shot',
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
