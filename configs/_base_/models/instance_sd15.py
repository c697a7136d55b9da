# The paper's decoder for instances (DatasetDM supp. 3.2) on Stable Diffusion 1.5: a query is an instance.
_base_ = './sd15_features.py'

model = dict(
    type='mmdatasetdm.DiffusionMaskFormer',
    data_preprocessor=_base_.det_preprocessor,
    backbone=_base_.backbone,
    panoptic_head=dict(
        type='mmdatasetdm.InstanceDecoderHead',
        num_classes=80,
        pixel_decoder=_base_.pixel_decoder,
        transformer_decoder=_base_.transformer_decoder,
        loss=_base_.mask_loss,
    ),
    panoptic_fusion_head=dict(type='MaskFormerFusionHead', loss_panoptic=None),
    train_cfg=dict(),
    test_cfg=dict(panoptic_on=False, semantic_on=False, instance_on=True, max_per_image=100),
)
