# What the data sets of the decoders on Stable Diffusion have in common: DatasetDM supp. 1.3, at 512 px.
_base_ = './decoder_transforms.py'

load = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations')]
# 64 crops an image, so that they come again and the backbone's cache has them: the 6,400 of 100 images come 8 times in
# 50,000 iterations. Data sets of another size take another number.
scale_and_crop = dict(
    type='mmdatasetdm.FixedVariants',
    variants=64,
    transforms=[
        dict(type='RandomResize', scale=(2048, 512), ratio_range=(0.5, 2.0), keep_ratio=True),
        dict(type='RandomCrop', crop_size=(512, 512), cat_max_ratio=0.75),
    ],
)
fit = dict(type='Resize', scale=(512, 512), keep_ratio=True)
# DatasetDM supp. 1.3: one image
train_loader = dict(
    batch_size=1, num_workers=2, persistent_workers=True, sampler=dict(type='InfiniteSampler', shuffle=True)
)
val_loader = dict(
    batch_size=1, num_workers=2, persistent_workers=True, sampler=dict(type='DefaultSampler', shuffle=False)
)
# tools/test.py --tta: the mean of the image and of its mirror image
seg_tta_model = dict(type='SegTTAModel')
