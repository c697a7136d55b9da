# 2,000 images of the built-in world with semantic masks, from a decoder that saw 20 labelled images.
# Another decoder: --decoder semantic=CONFIG,CHECKPOINT
generator = 'toyroom'
sampler = dict(scheduler='DPMSolverMultistepScheduler', steps=12, guidance=3.0)
# Every class is prompted equally often, whatever its frequency in the world; the sentences are the generator's own.
# One object a sentence, seldom two: of two, this small generator leaves one out more often than not. The camera stands
# near in every second image, and mostly so for what is small or thin: that is hard for it from afar.
prompts = dict(
    type='toyroom', style='room', counts=(0.9, 0.1),
    near=dict(person=0.5, table=0.5, sofa=0.5, cabinet=0.5, lamp=0.5, plant=0.5, bed=0.5, chair=0.8, ball=0.8, vase=0.8,
              television=0.8, dog=0.8))
decoders = dict(
    semantic=dict(
        config='configs/datasetdm/toyroom_semantic_20shot_phrase.py',
        checkpoint='work_dirs/toyroom_semantic_20shot_phrase/best_*.pth',
        # A pixel may be of a prompted class or background: what was not asked for is seldom there.
        restrict_to_prompt=True,
        # The ignore band: where the best class has less than half of the probability.
        ignore=dict(score=0.5)))
# A sample in which a prompted class covers less than 0.3 % of the image (50 of 128 x 128 pixels), or of which the
# decoder is less sure than of most, is not listed for training.
filters = [dict(type='PromptedClassesFound', min_share=0.003), dict(type='MeanConfidence', at_least=0.95)]
writer = dict(type='voc', image_format='png', keep_latents=False)
num = 2000
seed = 0
shard_size = 64
batch_size = 16
