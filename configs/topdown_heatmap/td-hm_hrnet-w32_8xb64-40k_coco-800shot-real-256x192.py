# HRNet-W32 at 256x192 (42.4 AP real, 47.5 real+synthetic); paper, COCO keypoints. Setting "real": 800 images.
# The network of mmpose's td-hm_hrnet-w32_8xb64-210e_coco-256x192.py; data and schedule are those of ResNet-50's config.
_base_ = './td-hm_res50_8xb64-40k_coco-800shot-real-256x192.py'

model = dict(
    backbone=dict(
        _delete_=True,
        type='HRNet',
        in_channels=3,
        extra=dict(
            stage1=dict(num_modules=1, num_branches=1, block='BOTTLENECK', num_blocks=(4,), num_channels=(64,)),
            stage2=dict(num_modules=1, num_branches=2, block='BASIC', num_blocks=(4, 4), num_channels=(32, 64)),
            stage3=dict(num_modules=4, num_branches=3, block='BASIC', num_blocks=(4, 4, 4), num_channels=(32, 64, 128)),
            stage4=dict(
                num_modules=3, num_branches=4, block='BASIC', num_blocks=(4, 4, 4, 4), num_channels=(32, 64, 128, 256)
            ),
        ),
        init_cfg=dict(
            type='Pretrained',
            checkpoint='https://download.openmmlab.com/mmpose/pretrain_models/hrnet_w32-36af842e.pth',
        ),
    ),
    head=dict(in_channels=32, deconv_out_channels=None),
)
