_base_ = [
    '../_base_/models/depthformer_swint.py',
    '../_base_/datasets/nyu_depthformer_real_synthetic.py',
    '../_base_/schedules/depthformer_38k.py',
    '../_base_/default_runtime.py',
]
