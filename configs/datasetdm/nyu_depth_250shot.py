# As nyu_depth_50shot, with 250 labelled images.
_base_ = './nyu_depth_50shot.py'

train_dataloader = dict(dataset=dict(num=250))
