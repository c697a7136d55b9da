# 38,000 street scenes with Cityscapes' 19 classes by Stable Diffusion 1.5, as in the paper (DatasetDM supp. table 1):
#   python tools/generate.py configs/generate/cityscapes.py --out data/synthetic/cityscapes
_base_ = './voc.py'

# 100 sentences for each class, which come with the package
prompts = dict(path='cityscapes')
decoders = dict(
    semantic=dict(
        config='configs/datasetdm/datasetdm_sd15_semantic-9shot_1xb1-50k_cityscapes-512x512.py',
        checkpoint='work_dirs/datasetdm_sd15_semantic-9shot_1xb1-50k_cityscapes-512x512',
        background=None,  # every class of Cityscapes is one
    )
)
num = 38000
