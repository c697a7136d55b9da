# DeepFashion-MultiModal for Mask2Former, as voc_100shot_mask2former.py.
_base_ = ['./deepfashion.py', './mask2former_512x512.py']

deepfashion_train_pipeline = _base_.mask2former_train_pipeline
deepfashion_test_pipeline = _base_.mask2former_test_pipeline
deepfashion_val = dict(pipeline=deepfashion_test_pipeline)
real = dict(_base_.deepfashion_120shot, pipeline=deepfashion_train_pipeline)
synthetic = dict(
    type='mmdatasetdm.SyntheticDataset',
    root='data/synthetic/deepfashion',
    dataset=dict(type='BaseSegDataset', metainfo=_base_.deepfashion_metainfo, pipeline=deepfashion_train_pipeline),
)
