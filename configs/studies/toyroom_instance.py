# Real, synthetic and real+synthetic images of the built-in world: instance segmentation.
_base_ = '../_base_/studies/toyroom.py'

task = 'instance'
# COCO's evaluation logs nothing where a model finds nothing
metrics = [
    dict(key='coco/segm_mAP', name='mask AP', scale=100.0, empty=0.0),
    dict(key='coco/bbox_mAP', name='box AP', scale=100.0, empty=0.0),
]
models = dict(mask2former='configs/mask2former/mask2former_r18_1xb8-2k_toyroom-instance-{setting}-128x128.py')
decoders = {
    20: 'configs/datasetdm/datasetdm_toyroom_instance-pixel-20shot_1xb8-300iters_toyroom-128x128.py',
    50: 'configs/datasetdm/datasetdm_toyroom_instance-pixel-50shot_1xb8-300iters_toyroom-128x128.py',
}
recipe = 'configs/generate/toyroom_instance.py'
train_list = 'Annotations/instances_train_{labels}.json'
test_list = 'Annotations/instances_test.json'
styles = dict(street='Annotations/instances_test_street.json')
# the evaluators open the same file
evaluator_keys = dict(val=('val_evaluator.ann_file',), test=('test_evaluator.0.ann_file', 'test_evaluator.1.ann_file'))
labels = (20, 100)
