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
# The scenes of NYU Depth v2, each equally often. Sentences from an LLM are more varied: check them with
# tools/prompts.py check, then prompts = dict(type='file', path='data/prompts/nyu.txt')
prompts = dict(
    type='template',
    classes=(
        'basement',
        'bathroom',
        'bedroom',
        'bookstore',
        'cafe',
        'classroom',
        'computer lab',
        'conference room',
        'dining room',
        'home office',
        'kitchen',
        'living room',
        'office',
        'playroom',
        'reception room',
        'study room',
    ),
    max_classes=1,
    templates=(
        'a photo of {classes} with {big} and {small}, {light}',
        'a {view} photo of {classes} with {big}, {light}',
        '{classes} with {big}, {small} and {detail}',
    ),
    slots=dict(
        big=(
            'a wooden table',
            'a sofa and a low table',
            'white cabinets',
            'a large bookshelf',
            'a bed and a dresser',
            'several chairs',
            'a desk and a chair',
            'a counter',
        ),
        small=('a lamp', 'a television', 'curtains', 'boxes on the floor', 'a potted plant', 'a mirror', 'books'),
        detail=('pictures on the wall', 'a carpet', 'a window', 'an open door', 'tiles', 'a wooden floor'),
        light=('in daylight', 'in the light of a lamp', 'by night', 'in dim light'),
        view=('wide-angle', 'cluttered', 'candid', 'side view'),
    ),
)
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
