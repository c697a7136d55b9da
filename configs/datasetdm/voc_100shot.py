# The paper's setting that this project is known by, under a short name.
_base_ = './datasetdm_sd15_semantic-100shot_1xb1-50k_voc12-512x512.py'
