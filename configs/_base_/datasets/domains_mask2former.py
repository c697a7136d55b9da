# Domain generalisation for Mask2Former: trained on one domain's real images or on generated ones, tested on the
# other's.
_base_ = ['./domains.py', './mask2former_512x512.py']

domain_train_pipeline = _base_.mask2former_train_pipeline
domain_voc_val = dict(pipeline=_base_.mask2former_test_pipeline)
domain_cityscapes_val = dict(
    pipeline=[
        _base_.mask2former_test_pipeline[0],
        dict(type='Resize', scale=(2048, 1024), keep_ratio=True),
        *_base_.mask2former_test_pipeline[2:],
    ]
)
# all of the domain's training images, as in the paper's rows of real data
real_voc = dict(
    type='mmdatasetdm.FewShotDataset',
    download=_base_.domain_voc_download,
    dataset=_base_.domain_voc_images,
    pipeline=domain_train_pipeline,
)
real_cityscapes = dict(
    type='mmdatasetdm.FewShotDataset',
    download=_base_.domain_cityscapes_download,
    dataset=_base_.domain_cityscapes_images,
    pipeline=domain_train_pipeline,
)
synthetic_stock = dict(type='BaseSegDataset', metainfo=_base_.domain_metainfo, pipeline=domain_train_pipeline)
synthetic_voc = dict(type='mmdatasetdm.SyntheticDataset', root='data/synthetic/domains_voc', dataset=synthetic_stock)
synthetic_cityscapes = dict(synthetic_voc, root='data/synthetic/domains_cityscapes')
