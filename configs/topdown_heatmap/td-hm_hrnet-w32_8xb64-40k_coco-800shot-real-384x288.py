# HRNet-W32 at 384x288 (43.4 AP real, 48.9 real+synthetic); paper, COCO keypoints. Setting "real": 800 images.
_base_ = './td-hm_hrnet-w32_8xb64-40k_coco-800shot-real-256x192.py'

codec = dict(type='MSRAHeatmap', input_size=(288, 384), heatmap_size=(72, 96), sigma=3)
larger = dict(TopdownAffine=dict(input_size=codec['input_size']), GenerateTarget=dict(encoder=codec))
train_pipeline = [dict(step, **larger.get(step['type'], {})) for step in _base_.train_pipeline]
val_pipeline = [dict(step, **larger.get(step['type'], {})) for step in _base_.val_pipeline]
model = dict(head=dict(decoder=codec))
real = dict(_base_.real, pipeline=train_pipeline)
synthetic = dict(_base_.synthetic, pipeline=train_pipeline)
train_dataloader = dict(dataset=real)
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
