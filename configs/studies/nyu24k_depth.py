# Table 6 of the paper's supplement from 50 and 250 of the 24k frames of NYU's sequences instead of the 795 labelled
# images: the paper names the former in table 1 and does not say which it took the images from.
_base_ = './supp_table_6.py'

decoders = {50: 'configs/datasetdm/datasetdm_sd15_depth-50shot_1xb1-50k_nyu24k-384x512.py'}
overrides = dict(
    depthformer_swin_l=dict(
        real={
            'dataset.data_prefix.img_path': 'images/train_24k',
            'dataset.data_prefix.depth_map_path': 'depth/train_24k',
        }
    )
)
