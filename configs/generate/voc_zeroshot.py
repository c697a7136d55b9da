# 40,000 images of Pascal VOC's 20 classes, labelled by a decoder that saw labels of 15 (DatasetDM supp. table 7):
#   python tools/generate.py configs/generate/voc_zeroshot.py --out data/synthetic/voc_zeroshot
_base_ = './voc.py'

decoders = dict(
    semantic=dict(
        config='configs/datasetdm/datasetdm_sd15_openvocab-450shot_1xb1-50k_voc12-512x512.py',
        checkpoint='work_dirs/datasetdm_sd15_openvocab-450shot_1xb1-50k_voc12-512x512',
    )
)
