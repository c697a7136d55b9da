# 40,000 images of Pascal VOC's classes by Stable Diffusion 1.5, as in the paper (DatasetDM supp. table 1):
#   python tools/generate.py configs/generate/voc.py --out data/synthetic/voc
# The generator in a local folder: --cfg-options generator=FOLDER

generator = 'stable-diffusion-v1-5/stable-diffusion-v1-5'
sampler = dict(
    scheduler='DPMSolverMultistepScheduler', steps=25, guidance=7.5, negative_prompt='drawing, text, watermark, frame'
)
# 100 sentences for each class, which come with the package (docs/prompts.md); the background is in none of them.
# Rare classes more often: weights=dict(sheep=3). Your own: path='data/prompts/voc.jsonl'.
prompts = dict(type='file', path='voc')
decoders = dict(
    semantic=dict(
        config='configs/datasetdm/voc_100shot.py',
        checkpoint='work_dirs/voc_100shot',
        restrict_to_prompt=False,  # photographs show more than their captions say
        ignore=dict(score=0.5),
    )
)
filters = [dict(type='ClassRecall', min_fraction=0.005, min_recall=0.5)]
writer = dict(type='voc', image_format='png', keep_latents=False)
num = 40000
seed = 0
shard_size = 64
batch_size = 8
