# 4,000 images of the built-in world with the joints of people, from a decoder that saw those of 50 labelled images.
# Another decoder: --decoder pose=CONFIG,CHECKPOINT
_base_ = './toyroom_semantic.py'

# Five first objects of six are people, seen from near, since joints are small, and mostly alone; and never two people:
# beside no other decoder this one looks for one in the whole image.
prompts = dict(weights=dict(person=55), counts=(0.8, 0.2), near=dict(_delete_=True, person=1.0), repeat=0.0)
decoders = dict(
    _delete_=True,
    pose=dict(
        config='configs/datasetdm/datasetdm_toyroom_pose-50shot_1xb8-1500iters_toyroom-128x128.py',
        checkpoint='work_dirs/datasetdm_toyroom_pose-50shot_1xb8-1500iters_toyroom-128x128',
    ),
)
# An image in which nobody is found, or of whose joints the decoder is not sure, is not listed: that leaves one in five,
# and few of whom it takes left for right. More images make up for it.
filters = [dict(type='KeypointConfidence', at_least=0.55)]
num = 4000
