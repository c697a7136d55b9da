_base_ = [
    '../_base_/models/deeplabv3plus_mobilenet_toyroom.py',
    '../_base_/datasets/toyroom_real_synthetic.py',
    '../_base_/schedules/toyroom_2k.py',
    '../_base_/default_runtime.py',
]
