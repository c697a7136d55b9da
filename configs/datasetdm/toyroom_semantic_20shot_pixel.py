# As toyroom_semantic_20shot, with a classifier of pixels in the place of queries (not in the paper).
_base_ = './toyroom_semantic_20shot.py'

model = dict(
    decode_head=dict(
        _delete_=True,
        type='mmdatasetdm.PixelDecoderHead',
        num_classes=13,
        width=96,
        memory_levels=3,
        upsample=(2, 2),
        upsample_widths=(64, 32),
        dice_weight=1.0,
    )
)
