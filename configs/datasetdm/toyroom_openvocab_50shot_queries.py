# As toyroom_openvocab_50shot, the paper's way: queries made of the names, encoded by the generator's text encoder (supp
# 3.1). It finds unseen names too, less well than the pixel decoder of the other config: see the README.
_base_ = './toyroom_openvocab_50shot.py'

model = dict(
    decode_head=dict(
        _delete_=True,
        type='mmdatasetdm.TextQueryHead',
        num_classes=13,
        phrase_classes=list(range(1, 13)),
        width=96,
        queries=5,
        layers=3,
        heads=4,
        feedforward=192,
        memory_levels=3,
        upsample=(2, 2),  # 16 -> 64, half of 128
        upsample_widths=(64, 32),
        num_points=1024,
    )
)
