# Swin-B with weights of ImageNet-22k at 384 px, as in mmseg's mask2former_swin-b-in22k-384x384-pre configs; and which
# parameters have no weight decay. The names are not those of a stock config, so that both may be bases of one.
swin_b_depths = [2, 2, 18, 2]
swin_b = dict(
    _delete_=True,
    type='SwinTransformer',
    pretrain_img_size=384,
    embed_dims=128,
    depths=swin_b_depths,
    num_heads=[4, 8, 16, 32],
    window_size=12,
    mlp_ratio=4,
    qkv_bias=True,
    qk_scale=None,
    drop_rate=0.0,
    attn_drop_rate=0.0,
    drop_path_rate=0.3,
    patch_norm=True,
    out_indices=(0, 1, 2, 3),
    with_cp=False,
    frozen_stages=-1,
    init_cfg=dict(
        type='Pretrained',
        checkpoint='https://mmassets.onedl.ai/mmsegmentation/v0.5/pretrain/swin/'
        'swin_base_patch4_window12_384_22k_20220317-e5c09f74.pth',
    ),
)
swin_b_channels = [128, 256, 512, 1024]
swin_b_norm = dict(lr_mult=0.1, decay_mult=0.0)
swin_b_norms = ['backbone.patch_embed.norm', 'backbone.norm', 'absolute_pos_embed', 'relative_position_bias_table']
swin_b_norms += [f'backbone.stages.{i}.blocks.{j}.norm' for i in range(4) for j in range(swin_b_depths[i])]
swin_b_norms += [f'backbone.stages.{i}.downsample.norm' for i in range(3)]
swin_b_optimizer = dict(paramwise_cfg=dict(custom_keys=dict.fromkeys(swin_b_norms, swin_b_norm)))
