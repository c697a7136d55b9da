# What Mask2Former's heads of mmseg and of mmdet are on ToyRoom: 64 channels, 2 encoder and 3 decoder layers; and how
# all of it is trained from nothing. The names are not those of a stock config, so that both may be bases.
small_attention = dict(embed_dims=64, num_heads=4)
small_mask2former_head = dict(
    in_channels=[32, 64, 128, 256],
    feat_channels=64,
    out_channels=64,
    num_queries=20,
    pixel_decoder=dict(
        norm_cfg=dict(type='GN', num_groups=8),
        encoder=dict(
            num_layers=2,
            layer_cfg=dict(self_attn_cfg=small_attention, ffn_cfg=dict(embed_dims=64, feedforward_channels=128)),
        ),
        positional_encoding=dict(num_feats=32),
    ),
    positional_encoding=dict(num_feats=32),
    transformer_decoder=dict(
        num_layers=3,
        layer_cfg=dict(
            self_attn_cfg=small_attention,
            cross_attn_cfg=small_attention,
            ffn_cfg=dict(embed_dims=64, feedforward_channels=256),
        ),
    ),
)
mask2former_from_nothing = dict(
    optimizer=dict(lr=1e-3),
    clip_grad=dict(max_norm=1.0, norm_type=2),
    paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mult=1.0, decay_mult=1.0))),
)
