# 2,000 images of the built-in world with objects (COCO masks) beside semantic masks. Other decoders than these, of 50
# and 20 labelled images: --decoder instance=CONFIG,CHECKPOINT --decoder semantic=CONFIG,CHECKPOINT
_base_ = './toyroom_semantic.py'

# From few labels the semantic decoder learns better where a class is; the instance decoder tells its objects apart.
# The base's filters hold: the semantic decoder finds every prompted class, and is as sure as of most.
decoders = dict(
    instance=dict(
        config='configs/datasetdm/toyroom_instance_50shot.py',
        checkpoint='work_dirs/toyroom_instance_50shot/best_*.pth',
        # what was not asked for is seldom there
        restrict_to_prompt=True,
        semantic='follow'))
