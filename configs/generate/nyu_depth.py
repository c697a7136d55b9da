# 35,000 rooms with metric depth by Stable Diffusion 1.5 for configs/depthformer (DatasetDM supp. tables 1 and 10):
#   python tools/generate.py configs/generate/nyu_depth.py --out data/synthetic/nyu
# The generator in a local folder: --cfg-options generator=FOLDER
generator = 'stable-diffusion-v1-5/stable-diffusion-v1-5'
# The size of NYU's photographs: the networks' crop of 544x416 pixels is not in a square image of 512.
sampler = dict(
    scheduler='DPMSolverMultistepScheduler',
    steps=25,
    guidance=7.5,
    negative_prompt='drawing, text, watermark, frame',
    height=480,
    width=640,
)
# 100 sentences for each of the scenes of NYU Depth v2, which come with the package (docs/prompts.md)
prompts = dict(type='file', path='nyu')
decoders = dict(
    depth=dict(
        config='configs/datasetdm/datasetdm_sd15_depth-50shot_1xb1-50k_nyu-384x512.py',
        checkpoint='work_dirs/datasetdm_sd15_depth-50shot_1xb1-50k_nyu-384x512',
    )
)
writer = dict(type='voc', image_format='png', keep_latents=False)
num = 35000
seed = 0
shard_size = 64
batch_size = 8
