# DatasetDM supp. table 4: DeepLabV3+ R50 on VOC 2012, setting "real": 100 labelled images (46.3 mIoU flip, crop,
# colour). Data: data/VOCdevkit/VOC2012; the 100 images are those of configs/datasetdm/voc_100shot.py.
_base_ = ['../_base_/import_mmdatasetdm.py', 'mmseg::deeplabv3plus/deeplabv3plus_r50-d8_4xb4-40k_voc12aug-512x512.py']

custom_imports = dict(imports=['mmdatasetdm'], allow_failed_imports=False)
data_root = '{{$MMDATASETDM_VOC:data/VOCdevkit/VOC2012}}'
real = dict(
    type='mmdatasetdm.FewShotDataset',
    per_class=5,
    download='configs/_base_/datasets/voc_100shot.py says what to download.',
    dataset=dict(
        type='PascalVOCDataset',
        data_root=data_root,
        data_prefix=dict(img_path='JPEGImages', seg_map_path='SegmentationClass'),
        ann_file='ImageSets/Segmentation/train.txt',
        pipeline=_base_.train_pipeline,
    ),
)
synthetic = dict(
    type='mmdatasetdm.SyntheticDataset',
    root='data/synthetic/voc',
    dataset=dict(type='PascalVOCDataset', pipeline=_base_.train_pipeline),
)
train_dataloader = dict(dataset=dict(_delete_=True, **real))
val_dataloader = dict(dataset=dict(data_root=data_root))
test_dataloader = val_dataloader
# generated labels have ignored pixels: they must not weaken the rest
model = dict(
    decode_head=dict(loss_decode=dict(avg_non_ignore=True)), auxiliary_head=dict(loss_decode=dict(avg_non_ignore=True))
)
default_hooks = dict(visualization=dict(draw=True, interval=200))
auto_scale_lr = dict(enable=False, base_batch_size=16)
