# The paper's pose decoder (DatasetDM supp. 3.3) on the features of Stable Diffusion 1.5: the pixel decoder and two
# convolutions, a heat map a joint. Its maps are 160x160 of a 512 px crop, and so are the codec's heat maps.
_base_ = './sd15_features.py'

model = dict(
    type='mmdatasetdm.DiffusionPoseEstimator',
    data_preprocessor=_base_.pose_preprocessor,
    backbone=_base_.backbone,
    neck=dict(type='mmdatasetdm.PixelDecoderNeck', pixel_decoder=_base_.pixel_decoder),
    head=dict(
        type='HeatmapHead',
        in_channels=256,
        out_channels=17,
        deconv_out_channels=None,
        conv_out_channels=(256,),
        conv_kernel_sizes=(3,),
        final_layer=dict(kernel_size=3, padding=1),
        loss=dict(type='KeypointMSELoss', use_target_weight=True, loss_weight=100.0),
        decoder=dict(type='MSRAHeatmap', input_size=(512, 512), heatmap_size=(160, 160), sigma=3),
    ),
    test_cfg=dict(flip_test=False),
)
