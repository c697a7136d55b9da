# The paper's decoder for objects, small: for the built-in generator and two cores.
_base_ = './toyroom_features.py'

model = dict(
    type='mmdatasetdm.DiffusionMaskFormer',
    data_preprocessor=_base_.det_preprocessor,
    backbone=_base_.backbone,
    panoptic_head=dict(
        type='mmdatasetdm.InstanceDecoderHead',
        num_classes=12,
        pixel_decoder=_base_.pixel_decoder,
        transformer_decoder=_base_.transformer_decoder,
        loss=dict(type='mmdatasetdm.SetCriterion', num_points=1024),
    ),
    panoptic_fusion_head=dict(type='MaskFormerFusionHead', loss_panoptic=None),
    train_cfg=dict(),
    test_cfg=dict(panoptic_on=False, semantic_on=False, instance_on=True, max_per_image=20),
)
