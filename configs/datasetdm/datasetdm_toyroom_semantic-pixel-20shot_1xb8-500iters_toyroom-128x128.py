# A classifier of pixels in the place of queries (not in the paper).
_base_ = './datasetdm_toyroom_semantic-20shot_1xb8-500iters_toyroom-128x128.py'

model = dict(
    decode_head=dict(
        _delete_=True,
        type='mmdatasetdm.PixelClassifierHead',
        num_classes=13,
        pixel_decoder=_base_.pixel_decoder,
        loss=dict(type='mmdatasetdm.PixelCriterion', dice_weight=1.0),
    )
)
