# 2,000 images of the built-in world with objects (COCO masks), from a decoder that saw those of 50 labelled images.
# Another decoder: --decoder instance=CONFIG,CHECKPOINT
_base_ = './toyroom_semantic.py'

decoders = dict(
    _delete_=True,
    instance=dict(
        config='configs/datasetdm/toyroom_instance_50shot.py',
        checkpoint='work_dirs/toyroom_instance_50shot/best_*.pth',
        # what was not asked for is seldom there
        restrict_to_prompt=True))
# Where the decoder finds nothing there is nothing to learn but that, and every prompt names an object.
filters = [dict(type='ObjectCount', at_least=1)]
