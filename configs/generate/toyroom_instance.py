# 2,000 images of the built-in world with objects (COCO masks), from a decoder that saw those of 20 labelled images.
# Another decoder: --decoder instance=CONFIG,CHECKPOINT
_base_ = './toyroom_semantic.py'

decoders = dict(
    _delete_=True,
    instance=dict(
        config='configs/datasetdm/datasetdm_toyroom_instance-pixel-20shot_1xb8-300iters_toyroom-128x128.py',
        checkpoint='work_dirs/datasetdm_toyroom_instance-pixel-20shot_1xb8-300iters_toyroom-128x128',
        # what was not asked for is seldom there
        restrict_to_prompt=True,
        # most of what is less sure is wrong
        min_score=0.6,
    ),
)
# An object that is there and has no label teaches that it is none.
filters = [dict(type='InstanceRecall')]
