# 2,000 images of the built-in world with metric depth, from a decoder that saw that of 50 labelled images.
# Another decoder: --decoder depth=CONFIG,CHECKPOINT
_base_ = './toyroom_semantic.py'

# No labelled image is seen from near: the decoder would call a near wall six metres far, as it calls the others. Images
# of other recipes (--relabel) may be near; the filter leaves those out.
prompts = dict(near=0.0)
decoders = dict(
    _delete_=True,
    depth=dict(
        config='configs/datasetdm/datasetdm_toyroom_depth-50shot_1xb8-500iters_toyroom-128x128.py',
        checkpoint='work_dirs/datasetdm_toyroom_depth-50shot_1xb8-500iters_toyroom-128x128',
    ),
)
filters = [dict(type='PromptWords', without=['near'])]
