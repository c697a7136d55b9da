# 40,000 images of Pascal VOC's classes by Stable Diffusion 1.5, as in the paper (DatasetDM supp. table 1).
# The generator in a local folder: --cfg-options generator=FOLDER
_base_ = '../_base_/datasets/voc.py'

generator = 'stable-diffusion-v1-5/stable-diffusion-v1-5'
sampler = dict(
    scheduler='DPMSolverMultistepScheduler', steps=25, guidance=7.5, negative_prompt='drawing, text, watermark, frame'
)
# Sentences from an LLM are more varied than templates: check them with tools/prompts.py check, then
# prompts = dict(type='file', path='data/prompts/voc.jsonl')
prompts = dict(
    type='template',
    classes=_base_.voc_classes[1:],  # without the background
    phrases=dict(
        aeroplane=('aeroplane', 'airplane'),
        bicycle=('bicycle', 'bike'),
        bottle=('bottle', 'wine bottle', 'water bottle'),
        bus=('bus', 'double-decker bus'),
        car=('car', 'taxi', 'pickup truck'),
        cow=('cow', 'herd of cows'),
        diningtable=(_base_.voc_class_prompts.diningtable, 'kitchen table'),
        dog=('dog', 'puppy'),
        motorbike=('motorbike', 'motorcycle', 'scooter'),
        person=('person', 'man', 'woman', 'child'),
        pottedplant=(_base_.voc_class_prompts.pottedplant, 'houseplant'),
        sheep=('sheep', 'lamb'),
        sofa=('sofa', 'couch'),
        tvmonitor=(_base_.voc_class_prompts.tvmonitor, 'computer monitor'),
    ),
    max_classes=2,
    templates=(
        'a photo of {classes} {light}',
        'a photo of {classes}, {view}',
        'a snapshot of {classes}',
        'a {view} photograph of {classes} {light}',
        'a {view} picture with {classes}, {light}',
    ),
    slots=dict(
        light=(
            'in bright sunlight',
            'on a cloudy day',
            'at dusk',
            'in the evening',
            'indoors',
            'outdoors',
            'in the morning light',
        ),
        view=('close-up', 'wide-angle', 'distant', 'cluttered', 'candid', 'side view'),
    ),
)
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
