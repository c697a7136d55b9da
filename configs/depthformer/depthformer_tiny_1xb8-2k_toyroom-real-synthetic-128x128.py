_base_ = [
    '../_base_/models/depthformer_toyroom.py',
    '../_base_/datasets/toyroom_depthformer_real_synthetic.py',
    '../_base_/schedules/toyroom_2k.py',
    '../_base_/default_runtime.py',
]
