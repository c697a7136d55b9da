# As the 368k schedule beside it, in 40k iterations: 1,600 passes over 400 images, or 8 over 80,000.
_base_ = './mask2former_r50_8xb2-lsj-368k_coco-400shot-instance-real-synthetic.py'

max_iters = 40000
train_cfg = dict(max_iters=max_iters, val_interval=5000, dynamic_intervals=None)
# the learning rate falls at the same shares of the training
param_scheduler = dict(end=max_iters, milestones=[35556, 38519])
