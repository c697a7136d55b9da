# Zero-shot Pascal VOC 2012 for Mask2Former, as voc_100shot_mask2former.py: the generated images show all 20 classes,
# the 450 labelled ones 15.
_base_ = ['./voc_zeroshot.py', './mask2former_512x512.py']

voc_train_pipeline = _base_.mask2former_train_pipeline
voc_val = dict(pipeline=_base_.mask2former_test_pipeline)
real = dict(_base_.voc_450shot, pipeline=voc_train_pipeline)
synthetic = dict(
    type='mmdatasetdm.SyntheticDataset',
    root='data/synthetic/voc_zeroshot',
    dataset=dict(type='PascalVOCDataset', pipeline=voc_train_pipeline),
)
zeroshot_evaluator = dict(type='mmdatasetdm.ZeroShotIoUMetric', unseen=_base_.voc_unseen)
