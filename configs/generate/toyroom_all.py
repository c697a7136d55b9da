# Every kind of label at once: masks, objects, depth and joints of the same images from one pass of the generator, since
# the four decoders read the same features. Train them first:
#   for task in semantic-phrase-20shot instance-pixel-50shot depth-50shot pose-50shot; do
#     python tools/train.py configs/datasetdm/datasetdm_toyroom_${task}_*_toyroom-128x128.py; done
# and generate into the folder that every config of a stock model for ToyRoom reads:
#   python tools/generate.py configs/generate/toyroom_all.py --num 2000 --out data/synthetic/toyroom
_base_ = './toyroom_semantic.py'

decoders = dict(
    instance=dict(
        config='configs/datasetdm/datasetdm_toyroom_instance-pixel-50shot_1xb8-300iters_toyroom-128x128.py',
        checkpoint='work_dirs/datasetdm_toyroom_instance-pixel-50shot_1xb8-300iters_toyroom-128x128',
        restrict_to_prompt=True,
        # an object keeps no pixel that the semantic labels give to another class
        semantic='clip',
    ),
    depth=dict(
        config='configs/datasetdm/datasetdm_toyroom_depth-50shot_1xb8-500iters_toyroom-128x128.py',
        checkpoint='work_dirs/datasetdm_toyroom_depth-50shot_1xb8-500iters_toyroom-128x128',
    ),
    pose=dict(
        config='configs/datasetdm/datasetdm_toyroom_pose-50shot_1xb8-1500iters_toyroom-128x128.py',
        checkpoint='work_dirs/datasetdm_toyroom_pose-50shot_1xb8-1500iters_toyroom-128x128',
        # a joint outside of the person's mask is hidden
        mask='clip',
    ),
)
