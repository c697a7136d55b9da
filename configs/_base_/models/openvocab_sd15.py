# The paper's decoder for open vocabularies on Stable Diffusion 1.5: each name has queries of its own, made of what the
# text encoder makes of the name and of learnt ones (DatasetDM supp. 3.1). num_queries is n, the queries of one name.
_base_ = './pdecoder_sd15.py'

model = dict(
    decode_head=dict(
        _delete_=True,
        type='mmdatasetdm.TextQueryHead',
        num_classes=21,
        pixel_decoder=_base_.pixel_decoder,
        transformer_decoder=dict(_base_.transformer_decoder, num_queries=5),
        loss=_base_.mask_loss,
    ),
)
