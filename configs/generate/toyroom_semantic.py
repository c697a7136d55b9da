# 2,000 images of the built-in world with semantic masks, from a decoder that saw 20 labelled images.
# Another decoder: --decoder semantic=CONFIG,CHECKPOINT
generator = 'toyroom'
# Few steps, at noise levels that suit few steps.
sampler = dict(scheduler='DPMSolverMultistepScheduler', steps=8, options=dict(use_karras_sigmas=True), guidance=4.0)
# Every class is prompted equally often, whatever its frequency in the world; the sentences are the generator's own. One
# to three objects a sentence, every fourth camera near them. The filters below leave out the sentences that the
# generator did not obey.
prompts = dict(type='toyroom', style='room', counts=(0.5, 0.35, 0.15), near=0.25)
decoders = dict(
    semantic=dict(
        config='configs/datasetdm/datasetdm_toyroom_semantic-phrase-20shot_1xb8-300iters_toyroom-128x128.py',
        checkpoint='work_dirs/datasetdm_toyroom_semantic-phrase-20shot_1xb8-300iters_toyroom-128x128',
        # A pixel may be of a prompted class or background: what was not asked for is seldom there.
        restrict_to_prompt=True,
        # The ignore band: where the best class has less than half of the probability.
        ignore=dict(score=0.5),
    )
)
# A sample in which a prompted class covers less than 0.3 % of the image (50 of 128 x 128 pixels), or of which the
# decoder is less sure than of most, is not listed for training.
filters = [dict(type='ClassRecall', min_fraction=0.003), dict(type='MeanConfidence', at_least=0.85)]
writer = dict(type='voc', image_format='png', keep_latents=False)
num = 2000
seed = 0
shard_size = 64
batch_size = 16
