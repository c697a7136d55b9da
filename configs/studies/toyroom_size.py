# How many generated images: the same model beside 20 labelled images, with 100, 400, 2,000 and 8,000 of one set.
_base_ = './toyroom_semantic.py'

model = _base_.models['deeplabv3plus']
models = dict(_delete_=True, synthetic_100=model, synthetic_400=model, synthetic_2k=model, synthetic_8k=model)
overrides = dict(
    synthetic_100=dict(synthetic=dict(num=100)),
    synthetic_400=dict(synthetic=dict(num=400)),
    synthetic_2k=dict(synthetic=dict(num=2000)),
)
labels = (20,)
num = 8000
del model
