# Every kind of label at once: masks, objects, depth and joints of the same images from one pass of the generator, since
# the four decoders read the same features. Train them first:
#   for task in semantic_20shot_phrase instance_50shot_pixel depth_50shot pose_50shot; do
#     python tools/train.py configs/datasetdm/toyroom_$task.py; done
# and generate into the folder that every config of a stock model for ToyRoom reads:
#   python tools/generate.py configs/generate/toyroom_all.py --num 2000 --out data/synthetic/toyroom
_base_ = './toyroom_semantic.py'

decoders = dict(
    instance=dict(
        config='configs/datasetdm/toyroom_instance_50shot_pixel.py',
        checkpoint='work_dirs/toyroom_instance_50shot_pixel',
        restrict_to_prompt=True,
        # an object keeps no pixel that the semantic labels give to another class
        semantic='clip',
    ),
    depth=dict(config='configs/datasetdm/toyroom_depth_50shot.py', checkpoint='work_dirs/toyroom_depth_50shot'),
    pose=dict(
        config='configs/datasetdm/toyroom_pose_50shot.py',
        checkpoint='work_dirs/toyroom_pose_50shot',
        # a joint outside of the person's mask is hidden
        mask='clip',
    ),
)
