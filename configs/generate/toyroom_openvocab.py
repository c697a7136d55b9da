# The images of toyroom_semantic, labelled by a decoder that never saw a label of a sofa, a ball or a dog: it is told
# the names of all classes here and finds the three by theirs.
_base_ = ['./toyroom_semantic.py', '../_base_/datasets/toyroom_world.py']

decoders = dict(
    semantic=dict(
        config='configs/datasetdm/datasetdm_toyroom_openvocab-50shot_1xb8-300iters_toyroom-128x128.py',
        checkpoint='work_dirs/datasetdm_toyroom_openvocab-50shot_1xb8-300iters_toyroom-128x128',
        classes=_base_.toyroom_classes,
    )
)
