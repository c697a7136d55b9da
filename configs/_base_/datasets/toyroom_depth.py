# The labelled sets of the built-in world with metric depth, for training a decoder.
data_root = str(__import__('mmdatasetdm.assets').assets.TOYROOM_DATA)
# Which classes an image shows, as the prompts of generated images say it: the pass reads their names (own_text).
named = [
    dict(type='mmdatasetdm.ListedClasses', file=f'{data_root}/captions.jsonl'),
    dict(
        type='PackSegInputs',
        meta_keys=(
            'img_path',
            'depth_map_path',
            'ori_shape',
            'img_shape',
            'pad_shape',
            'scale_factor',
            'flip',
            'flip_direction',
            'present_classes',
        ),
    ),
]
load = [dict(type='LoadImageFromFile'), dict(type='LoadDepthAnnotation', depth_rescale_factor=1e-3)]
# supp 1.3: flip, crop, brightness and contrast, hue and saturation. No crop: images have the generator's size.
train_pipeline = [
    *load,
    dict(
        type='mmdatasetdm.FixedVariants',
        variants=16,
        transforms=[
            dict(type='RandomFlip', prob=0.5),
            dict(type='PhotoMetricDistortion'),
        ],
    ),
    *named,
]
test_pipeline = [*load, *named]

# NYUDataset reads whole folders; the lists choose from them.
images = dict(
    type='NYUDataset',
    data_root=data_root,
    data_prefix=dict(img_path='JPEGImages', depth_map_path='Depth'),
    pipeline=train_pipeline,
)
labelled = dict(type='mmdatasetdm.FewShotDataset', listed='ImageSets/Segmentation/train_50.txt', dataset=images)
held_out = dict(labelled, dataset=dict(images, pipeline=test_pipeline, test_mode=True))
train_dataloader = dict(
    batch_size=8, num_workers=0, sampler=dict(type='InfiniteSampler', shuffle=True), dataset=labelled
)
val_dataloader = dict(
    batch_size=10,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(held_out, listed='ImageSets/Segmentation/val.txt'),
)
test_dataloader = dict(val_dataloader, dataset=dict(held_out, listed='ImageSets/Segmentation/test.txt'))
val_evaluator = dict(type='DepthMetric', max_depth_eval=20.0)
test_evaluator = val_evaluator
