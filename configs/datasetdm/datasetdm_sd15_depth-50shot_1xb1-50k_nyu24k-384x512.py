# The same from 50 of the 24k frames of the sequences, which the paper counts (DatasetDM supp. table 1), instead of the
# 795 labelled images; python tools/dataset_converters/nyu.py sequences lays them out.
_base_ = './datasetdm_sd15_depth-50shot_1xb1-50k_nyu-384x512.py'

train_dataloader = dict(dataset=dict(dataset=_base_.images_24k))
