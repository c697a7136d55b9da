# 2,000 images of the built-in world with metric depth, from a decoder that saw that of 50 labelled images.
# Another decoder: --decoder depth=CONFIG,CHECKPOINT
_base_ = './toyroom_semantic.py'

decoders = dict(
    _delete_=True,
    depth=dict(
        config='configs/datasetdm/toyroom_depth_50shot.py', checkpoint='work_dirs/toyroom_depth_50shot/best_*.pth'))
# A depth map has no score by which to choose.
filters = []
