# Real, synthetic and real+synthetic images of the built-in world: the keypoints of persons.
_base_ = '../_base_/studies/toyroom.py'

task = 'pose'
# COCO's evaluation logs nothing where a model finds nothing
metrics = [
    dict(key='coco/AP', name='AP', scale=100.0, empty=0.0),
    dict(key='coco/AR', name='AR', scale=100.0, empty=0.0),
]
models = dict(
    simplebaseline='configs/topdown_heatmap/td-hm_res18_1xb8-2k_toyroom-{setting}-128x96.py',
    hrnet='configs/topdown_heatmap/td-hm_hrnet-w16_1xb8-2k_toyroom-{setting}-128x96.py',
)
decoders = {
    50: 'configs/datasetdm/datasetdm_toyroom_pose-50shot_1xb8-1500iters_toyroom-128x128.py',
    200: 'configs/datasetdm/datasetdm_toyroom_pose-200shot_1xb8-1500iters_toyroom-128x128.py',
}
recipe = 'configs/generate/toyroom_pose.py'
train_list = 'Annotations/person_keypoints_train_{labels}.json'
test_list = 'Annotations/person_keypoints_test.json'
styles = dict(street='Annotations/person_keypoints_test_street.json')
# the evaluators open the same file
evaluator_keys = dict(val=('val_evaluator.ann_file',), test=('test_evaluator.ann_file',))
labels = (50, 200)
