# Cityscapes with 8 classes, of which void is one, for Mask2Former: the 9 labelled images, the generated ones and the
# validation images. No name here is one of the stock configs', so that a config may have both as bases.
_base_ = ['./cityscapes8.py', './mask2former_512x1024.py']

cityscapes_train_pipeline = _base_.mask2former_train_pipeline
cityscapes_test_pipeline = _base_.mask2former_test_pipeline
cityscapes8_val = dict(pipeline=cityscapes_test_pipeline)
real = dict(_base_.cityscapes8_9shot, pipeline=cityscapes_train_pipeline)
synthetic = dict(
    type='mmdatasetdm.SyntheticDataset',
    root='data/synthetic/cityscapes8',
    dataset=dict(type='BaseSegDataset', metainfo=_base_.cityscapes8_metainfo, pipeline=cityscapes_train_pipeline),
)
