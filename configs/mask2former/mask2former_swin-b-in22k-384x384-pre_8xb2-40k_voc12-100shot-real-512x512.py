# DatasetDM supp. table 4: Mask2Former Swin-B on VOC 2012, setting "real": 100 labelled images (65.2 mIoU).
# The R50 config with the backbone of mmseg's mask2former_swin-b-in22k-384x384-pre_8xb2-160k_ade20k-640x640.py.
_base_ = './mask2former_r50_8xb2-40k_voc12-100shot-real-512x512.py'

depths = [2, 2, 18, 2]
model = dict(
    data_preprocessor=dict(test_cfg=None),  # as in mmseg's Swin-B config
    backbone=dict(
        _delete_=True,
        type='SwinTransformer',
        pretrain_img_size=384,
        embed_dims=128,
        depths=depths,
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
    ),
    decode_head=dict(in_channels=[128, 256, 512, 1024]),
)
norm = dict(lr_mult=0.1, decay_mult=0.0)
norms = ['backbone.patch_embed.norm', 'backbone.norm', 'absolute_pos_embed', 'relative_position_bias_table']
norms += [f'backbone.stages.{stage}.blocks.{block}.norm' for stage in range(4) for block in range(depths[stage])]
norms += [f'backbone.stages.{stage}.downsample.norm' for stage in range(3)]
optim_wrapper = dict(paramwise_cfg=dict(custom_keys=dict.fromkeys(norms, norm)))
