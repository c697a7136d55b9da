# HRNet made small for the people of ToyRoom on a CPU: 16 channels at the finest of four resolutions, one module a
# stage, trained from nothing. Setting "real"; data and schedule are those of SimpleBaseline's config.
_base_ = './td-hm_res18_1xb8-2k_toyroom-real-128x96.py'

model = dict(
    backbone=dict(
        _delete_=True,
        type='HRNet',
        in_channels=3,
        extra=dict(
            stage1=dict(num_modules=1, num_branches=1, block='BOTTLENECK', num_blocks=(2,), num_channels=(32,)),
            stage2=dict(num_modules=1, num_branches=2, block='BASIC', num_blocks=(2, 2), num_channels=(16, 32)),
            stage3=dict(num_modules=1, num_branches=3, block='BASIC', num_blocks=(2, 2, 2), num_channels=(16, 32, 64)),
            stage4=dict(
                num_modules=1, num_branches=4, block='BASIC', num_blocks=(2, 2, 2, 2), num_channels=(16, 32, 64, 128)
            ),
        ),
    ),
    head=dict(in_channels=16, deconv_out_channels=None),
)
