# Cars, persons and motorbikes of Cityscapes for training a decoder, whose generated images train a stock model that
# is tested on Pascal VOC 2012; the decoder itself is validated on its own domain.
_base_ = './domains_decoder.py'

data_root = _base_.cityscapes_root
test_pipeline = [_base_.load[0], _base_.cityscapes_fit, _base_.load[1], _base_.named, _base_.pack_seg]
tta_pipeline = [
    test_pipeline[0],
    dict(type='TestTimeAug', transforms=[_base_.flips, *([step] for step in test_pipeline[1:])]),
]
load_both, load_labels, scale_and_crop, *rest = _base_.train_pipeline
train_pipeline = [load_both, load_labels, dict(scale_and_crop, variants=640), *rest]
train_dataloader = dict(_base_.train_loader, dataset=dict(_base_.domain_cityscapes_9shot, pipeline=train_pipeline))
val_dataloader = dict(_base_.val_loader, dataset=dict(_base_.domain_cityscapes_val, pipeline=test_pipeline))
test_dataloader = val_dataloader
