# The pose decoder, small: for the built-in generator and two cores.
_base_ = './toyroom_features.py'

model = dict(
    type='mmdatasetdm.DiffusionPoseEstimator',
    data_preprocessor=_base_.pose_preprocessor,
    backbone=_base_.backbone,
    neck=dict(type='mmdatasetdm.PixelDecoderNeck', pixel_decoder=_base_.pixel_decoder),
    # DatasetDM supp. 3.3: two convolutions on the pixel decoder
    head=dict(
        type='HeatmapHead',
        in_channels=32,
        out_channels=17,
        deconv_out_channels=None,
        conv_out_channels=(32,),
        conv_kernel_sizes=(3,),
        final_layer=dict(kernel_size=3, padding=1),
        loss=dict(type='KeypointMSELoss', use_target_weight=True, loss_weight=100.0),
        decoder=dict(type='MSRAHeatmap', input_size=(128, 128), heatmap_size=(64, 64), sigma=2),
    ),
    test_cfg=dict(flip_test=False),
)
