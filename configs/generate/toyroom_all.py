# Every kind of label at once: masks, instances, depth and keypoints of the same images, from one extraction pass of the
# generator, since the four decoders read the same features. The decoders are those that come with the built-in
# generator (trained on 100, 50, 200 and 200 labelled images):
#   python tools/generate.py configs/generate/toyroom_all.py --num 16 --out out
# Into the folder that every config of a stock model for ToyRoom reads:
#   python tools/generate.py configs/generate/toyroom_all.py --num 2000 --out data/synthetic/toyroom
# Others, for instance of fewer labels: --decoder depth=CONFIG,CHECKPOINT for each.
_base_ = './toyroom_semantic.py'

decoders = dict(
    semantic=dict(
        config='configs/datasetdm/datasetdm_toyroom_semantic-phrase-100shot_1xb8-500iters_toyroom-128x128.py',
        checkpoint='toyroom/semantic',
    ),
    instance=dict(
        config='configs/datasetdm/datasetdm_toyroom_instance-pixel-50shot_1xb8-300iters_toyroom-128x128.py',
        checkpoint='toyroom/instance',
        restrict_to_prompt=True,
        # an instance keeps no pixel that the semantic labels give to another class
        semantic='clip',
    ),
    depth=dict(
        config='configs/datasetdm/datasetdm_toyroom_depth-200shot_1xb8-500iters_toyroom-128x128.py',
        checkpoint='toyroom/depth',
    ),
    pose=dict(
        config='configs/datasetdm/datasetdm_toyroom_pose-200shot_1xb8-1500iters_toyroom-128x128.py',
        checkpoint='toyroom/pose',
        # a keypoint outside of the person's mask is hidden
        mask='clip',
    ),
)
