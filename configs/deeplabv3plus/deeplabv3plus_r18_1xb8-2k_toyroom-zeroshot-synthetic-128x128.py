# Setting "synthetic": the generated images alone, in which the decoder has labelled the unseen classes too.
_base_ = './deeplabv3plus_r18_1xb8-2k_toyroom-zeroshot-real-128x128.py'

train_dataloader = dict(dataset=dict(_delete_=True, **_base_.synthetic))
