# NYU Depth v2: where it is, and what its photographs are; depth is 16-bit millimetres.
_base_ = './decoder_transforms.py'
data_root = '{{$MMDATASETDM_NYU:data/nyu}}'
download = (
    'Put NYU Depth v2 there as images/{train,test}/NAME.jpg and depth/{train,test}/NAME.png in millimetres, or '
    'set MMDATASETDM_NYU to the folder'
)
images = dict(
    type='NYUDataset',
    data_root=data_root,
    data_prefix=dict(img_path='images/train', depth_map_path='depth/train'),
)
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
whole_test_split = dict(
    type='mmdatasetdm.FewShotDataset', download=download, pipeline=val_pipeline, dataset=test_images
)
val_evaluator = dict(type='DepthMetric', max_depth_eval=10.0, crop_type='nyu_crop', depth_scale_factor=1000.0)
test_evaluator = val_evaluator
