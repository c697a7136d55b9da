# 2,000 images of the built-in world with objects (COCO masks), from a decoder that saw those of 20 labelled images.
# Another decoder: --decoder instance=CONFIG,CHECKPOINT
_base_ = './toyroom_semantic.py'

decoders = dict(
    _delete_=True,
    instance=dict(
        config='configs/datasetdm/toyroom_instance_20shot_pixel.py',
        checkpoint='work_dirs/toyroom_instance_20shot_pixel',
        # what was not asked for is seldom there
        restrict_to_prompt=True,
        # most of what is less sure is wrong
        min_score=0.6,
    ),
)
# An object that is there and has no label teaches that it is none.
filters = [dict(type='InstanceRecall')]
