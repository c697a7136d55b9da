# A decoder for your own images, on Stable Diffusion 1.5. Copy this file to any place, fill in its top, and
#   python tools/train.py my_decoder.py
# Your images are in the folders of Pascal VOC: JPEGImages/ID.jpg, SegmentationClass/ID.png (one number a class, 255 =
# ignore), and lists of IDs, one a line.
data_root = 'data/mine'
train_list = 'ImageSets/Segmentation/train.txt'
val_list = 'ImageSets/Segmentation/val.txt'  # only shown, nothing is chosen by it; without one, name train.txt again
img_suffix = '.jpg'
# In the order of the numbers in the masks. Without a background class, leave it out here and set background to None.
classes = ('background', 'cat', 'dog')
background = 'background'
# How the text encoder is to read a class that is not a word of plain English, e.g. dict(tvmonitor='television')
class_prompts = dict()
generator = 'stable-diffusion-v1-5/stable-diffusion-v1-5'  # a hub id, or a diffusers folder

_base_ = [
    'mmdatasetdm::_base_/default_runtime.py',
    'mmdatasetdm::_base_/models/pdecoder_sd15.py',
    'mmdatasetdm::_base_/datasets/decoder_transforms.py',
    'mmdatasetdm::_base_/schedules/decoder_50k.py',
]
words = tuple(class_prompts.get(name, name) for name in classes if name != background)
model = dict(
    backbone=dict(
        generator=generator,
        prompt_template='a photo of {classes}',
        class_prompts=class_prompts,
        class_phrases=words,
    ),
    decode_head=dict(num_classes=len(classes), transformer_decoder=dict(num_queries=max(20, 2 * len(classes)))),
)

# An image is read with the names of the classes that it shows; its mask tells them in training, its prompt afterwards.
named = dict(type='mmdatasetdm.PresentClasses', classes=classes, background=background, min_fraction=0.001)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    # 64 crops an image, whose latents are kept in work_dirs/feature_cache
    dict(
        type='mmdatasetdm.FixedVariants',
        variants=64,
        transforms=[
            dict(type='RandomResize', scale=(2048, 512), ratio_range=(0.5, 2.0), keep_ratio=True),
            dict(type='RandomCrop', crop_size=(512, 512), cat_max_ratio=0.75),
            dict(type='RandomFlip', prob=0.5),
        ],
    ),
    named,
    _base_.drop_names,
    _base_.pack_seg,
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=(512, 512), keep_ratio=True),
    dict(type='LoadAnnotations'),
    named,
    _base_.pack_seg,
]
# tools/test.py --tta: the mean of the image and of its mirror image
tta_model = dict(type='SegTTAModel')
tta_pipeline = [
    test_pipeline[0],
    dict(type='TestTimeAug', transforms=[_base_.flips, *([step] for step in test_pipeline[1:])]),
]
images = dict(
    type='BaseSegDataset',
    data_root=data_root,
    ann_file=train_list,
    data_prefix=dict(img_path='JPEGImages', seg_map_path='SegmentationClass'),
    img_suffix=img_suffix,
    metainfo=dict(classes=classes),
)
download = 'Name the folder of your images in data_root.'
train_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(type='mmdatasetdm.FewShotDataset', download=download, pipeline=train_pipeline, dataset=images),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='mmdatasetdm.FewShotDataset',
        download=download,
        pipeline=test_pipeline,
        dataset=dict(images, ann_file=val_list, test_mode=True),
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(type='IoUMetric', iou_metrics=['mIoU'])
test_evaluator = val_evaluator
