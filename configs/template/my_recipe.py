# Generated images of your own classes, labelled by the decoder of my_decoder.py. Copy this folder, and
#   python tools/prompts.py write --classes cat,dog --num 100 --out my_prompts.txt    # your classes; --model: by GPT-4
#   python tools/generate.py my_recipe.py --num 1000 --out data/synthetic/mine
#   python tools/report.py data/synthetic/mine
generator = 'stable-diffusion-v1-5/stable-diffusion-v1-5'  # that of the decoder
# Its first line names the classes, those of the decoder but for the background, and how they may be called.
prompts = dict(type='file', path='{{ fileDirname }}/my_prompts.txt')
decoders = dict(
    semantic=dict(
        config='{{ fileDirname }}/my_decoder.py',
        checkpoint='work_dirs/my_decoder',  # the last one in it
        background='background',  # None where the decoder's classes have none
        ignore=dict(score=0.5),  # where the decoder is less sure, the label is 255
    )
)
filters = [dict(type='ClassRecall', min_fraction=0.005, min_recall=0.5)]
sampler = dict(
    scheduler='DPMSolverMultistepScheduler', steps=25, guidance=7.5, negative_prompt='drawing, text, watermark, frame'
)
# image_format='jpg' for programs that want it; type='coco' or 'cityscapes' for other layouts
writer = dict(type='voc', image_format='png', keep_latents=False)
num = 1000
seed = 0
