# The paper's depth decoder for NYU Depth v2 from 50 labelled images (DatasetDM supp. table 1), on Stable Diffusion 1.5.
# Another number: --cfg-options train_dataloader.dataset.num=250. A local copy: model.backbone.generator=DIR
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/depth_sd15.py',
    '../_base_/datasets/nyu_depth_640x480.py',
    '../_base_/schedules/decoder_50k.py',
]
