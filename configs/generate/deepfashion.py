# 38,000 persons with DeepFashion-MM's 24 classes by Stable Diffusion 1.5, as in the paper (DatasetDM supp. table 1):
#   python tools/generate.py configs/generate/deepfashion.py --out data/synthetic/deepfashion
_base_ = './voc.py'

# 100 sentences for each class, which come with the package
prompts = dict(path='fashion')
decoders = dict(
    semantic=dict(
        config='configs/datasetdm/datasetdm_sd15_semantic-120shot_1xb1-50k_deepfashion-512x512.py',
        checkpoint='work_dirs/datasetdm_sd15_semantic-120shot_1xb1-50k_deepfashion-512x512',
    )
)
# a ring is smaller than what a sentence of the other recipes names
filters = [dict(type='ClassRecall', min_fraction=0.001, min_recall=0.5)]
num = 38000
