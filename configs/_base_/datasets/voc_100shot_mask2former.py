# Pascal VOC 2012 for Mask2Former: the 100 labelled images of configs/datasetdm/voc_100shot.py, the generated ones and
# the validation images. No name here is one of the stock configs', so that a config may have both as bases.
_base_ = ['./voc.py', './mask2former_512x512.py']

voc_train_pipeline = _base_.mask2former_train_pipeline
voc_test_pipeline = _base_.mask2former_test_pipeline
voc_val = dict(pipeline=voc_test_pipeline)
real = dict(_base_.voc_100shot, pipeline=voc_train_pipeline)
synthetic = dict(
    type='mmdatasetdm.SyntheticDataset',
    root='data/synthetic/voc',
    dataset=dict(type='PascalVOCDataset', pipeline=voc_train_pipeline),
)
