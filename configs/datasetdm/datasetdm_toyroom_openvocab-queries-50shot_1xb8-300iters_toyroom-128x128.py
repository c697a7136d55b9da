# Open vocabulary, the paper's way: queries made of the names, encoded by the generator's text encoder
# (DatasetDM supp. 3.1). It finds unseen names too, less well than the other config: see the README.
_base_ = './datasetdm_toyroom_openvocab-50shot_1xb8-300iters_toyroom-128x128.py'

model = dict(
    decode_head=dict(
        _delete_=True,
        type='mmdatasetdm.TextQueryHead',
        num_classes=13,
        phrase_classes=list(range(1, 13)),
        pixel_decoder=_base_.pixel_decoder,
        transformer_decoder=dict(_base_.transformer_decoder, num_queries=5),
        loss=dict(type='mmdatasetdm.SetCriterion', num_points=1024),
    )
)
