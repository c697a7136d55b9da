# The labelled sets of the built-in world with metric depth, for training a decoder.
_base_ = ['./toyroom_world.py', './decoder_transforms.py']
data_root = _base_.toyroom_root
# Which classes an image shows, as the prompts of generated images say it: the prompt has their names (prompt_template).
named = dict(type='mmdatasetdm.ListedClasses', file=f'{data_root}/captions.jsonl')
load = [dict(type='LoadImageFromFile'), dict(type='LoadDepthAnnotation', depth_rescale_factor=1e-3)]
# DatasetDM supp. 1.3: flip, crop, brightness and contrast, hue and saturation. No crop: images have the generator's
# size.
train_pipeline = [
    *load,
    dict(
        type='mmdatasetdm.FixedVariants',
        variants=16,
        transforms=[
            dict(type='RandomFlip', prob=0.5),
            dict(type='PhotoMetricDistortion'),
            named,
            _base_.drop_names,
        ],
    ),
    _base_.pack_depth,
]
val_pipeline = [*load, named, _base_.pack_depth]
# of a photograph: mmseg's inference_model leaves out LoadAnnotations alone
test_pipeline = [dict(type='LoadImageFromFile'), named, _base_.pack_depth]
# tools/test.py --tta: the mean of the image and of its mirror image
tta_model = dict(type='mmdatasetdm.DepthTTAModel')
tta_pipeline = [
    val_pipeline[0],
    dict(type='TestTimeAug', transforms=[_base_.flips, *([step] for step in val_pipeline[1:])]),
]

# NYUDataset reads whole folders; the lists choose from them.
images = dict(
    type='NYUDataset',
    data_root=data_root,
    data_prefix=dict(img_path='JPEGImages', depth_map_path='Depth'),
)
labelled = dict(
    type='mmdatasetdm.FewShotDataset',
    listed='ImageSets/Segmentation/train_50.txt',
    pipeline=train_pipeline,
    dataset=images,
)
held_out = dict(labelled, pipeline=val_pipeline, dataset=dict(images, test_mode=True))
train_dataloader = dict(_base_.toyroom_train_loader, dataset=labelled)
val_dataloader = dict(
    _base_.toyroom_val_loader,
    dataset=dict(held_out, listed='ImageSets/Segmentation/val.txt'),
)
test_dataloader = dict(val_dataloader, dataset=dict(held_out, listed='ImageSets/Segmentation/test.txt'))
# depth_scale_factor: what tools/test.py --out writes are millimetres
val_evaluator = dict(type='DepthMetric', max_depth_eval=20.0, depth_scale_factor=1000.0)
test_evaluator = val_evaluator
