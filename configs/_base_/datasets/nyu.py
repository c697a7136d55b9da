# NYU Depth v2: where it is, and what its photographs are; depth is 16-bit millimetres. The training images are the 795
# labelled ones; or, as the paper counts them (DatasetDM supp. table 1), the 24k of the sequences.
_base_ = './decoder_transforms.py'
data_root = '{{$MMDATASETDM_NYU:data/nyu}}'
download = (
    'Download nyu_depth_v2_labeled.mat and splits.mat from '
    'https://cs.nyu.edu/~fergus/datasets/nyu_depth_v2.html and run python tools/dataset_converters/nyu.py on it, which '
    'writes images/{train,test}/NAME.jpg and depth/{train,test}/NAME.png in millimetres; or set MMDATASETDM_NYU to '
    'that folder'
)
images = dict(
    type='NYUDataset',
    data_root=data_root,
    data_prefix=dict(img_path='images/train', depth_map_path='depth/train'),
)
images_24k = dict(images, data_prefix=dict(img_path='images/train_24k', depth_map_path='depth/train_24k'))
test_images = dict(images, data_prefix=dict(img_path='images/test', depth_map_path='depth/test'), test_mode=True)
# as they are, 640x480
load = [dict(type='LoadImageFromFile'), dict(type='LoadDepthAnnotation', depth_rescale_factor=1e-3)]
val_pipeline = [*load, dict(type='PackSegInputs')]
# of a photograph: mmseg's inference_model leaves out LoadAnnotations alone
test_pipeline = [dict(type='LoadImageFromFile'), dict(type='PackSegInputs')]
tta_model = dict(type='mmdatasetdm.DepthTTAModel')
tta_pipeline = [
    val_pipeline[0],
    dict(type='TestTimeAug', transforms=[_base_.flips, *([step] for step in val_pipeline[1:])]),
]
# another number: --cfg-options train_dataloader.dataset.num=250
few_images = dict(type='mmdatasetdm.FewShotDataset', num=50, download=download, dataset=images)
few_images_24k = dict(few_images, dataset=images_24k)
whole_test_split = dict(
    type='mmdatasetdm.FewShotDataset', download=download, pipeline=val_pipeline, dataset=test_images
)
val_evaluator = dict(type='DepthMetric', max_depth_eval=10.0, crop_type='nyu_crop', depth_scale_factor=1000.0)
test_evaluator = val_evaluator
