# Cityscapes with 19 classes for Mask2Former: the 9 labelled images, the generated ones and the validation images.
# No name here is one of the stock configs', so that a config may have both as bases.
_base_ = ['./cityscapes.py', './mask2former_512x1024.py']

cityscapes_train_pipeline = _base_.mask2former_train_pipeline
cityscapes_test_pipeline = _base_.mask2former_test_pipeline
cityscapes_val = dict(pipeline=cityscapes_test_pipeline)
real = dict(_base_.cityscapes_9shot, pipeline=cityscapes_train_pipeline)
synthetic = dict(
    type='mmdatasetdm.SyntheticDataset',
    root='data/synthetic/cityscapes',
    dataset=dict(type='CityscapesDataset', pipeline=cityscapes_train_pipeline),
)
