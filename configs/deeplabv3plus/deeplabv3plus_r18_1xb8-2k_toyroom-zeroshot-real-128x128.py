# Names that no label showed, setting "real": in the labelled images the pixels of three classes are ignored, as they
# were for the decoder of configs/datasetdm/datasetdm_toyroom_openvocab-50shot_1xb8-300iters_toyroom-128x128.py.
_base_ = './deeplabv3plus_r18_1xb8-2k_toyroom-real-128x128.py'

unseen = ['sofa', 'ball', 'dog']
real = dict(
    _base_.real,
    ann_file='ImageSets/Segmentation/train_50.txt',
    pipeline=[
        *_base_.train_pipeline[:2],
        dict(type='mmdatasetdm.HideClasses', classes=_base_.class_names, hidden=unseen),
        *_base_.train_pipeline[2:],
    ],
)
train_dataloader = dict(dataset=real)
val_evaluator = dict(_delete_=True, type='mmdatasetdm.ZeroShotIoUMetric', unseen=unseen)
test_evaluator = dict(_delete_=True, type='mmdatasetdm.ZeroShotIoUMetric', unseen=unseen)
