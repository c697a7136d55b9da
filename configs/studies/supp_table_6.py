# DatasetDM supp. table 6: depth of NYU Depth v2 from 50 and 250 of the 795 labelled images, DepthFormer.
_base_ = ['../_base_/studies/paper.py', '../_base_/datasets/nyu.py']

task = 'depth'
scores = dict(delta1='d1', delta2='d2', delta3='d3')
errors = {'REL': 'abs_rel', 'Sq REL': 'sq_rel', 'RMS': 'rmse', 'RMS log': 'rmse_log'}
metrics = [dict(key=key, name=name, decimals=2) for name, key in scores.items()]
metrics += [dict(key=key, name=name, decimals=2, lower_is_better=True) for name, key in errors.items()]
columns = (*scores, *errors)
models = dict(depthformer_swin_l='configs/depthformer/depthformer_swinl_8xb2-38k_nyu-50shot-{setting}-416x544.py')
decoders = {50: 'configs/datasetdm/datasetdm_sd15_depth-50shot_1xb1-50k_nyu-384x512.py'}
labelled = {250: dict(num=250)}
recipe = 'configs/generate/nyu_depth.py'
data_download = _base_.download
num = 35000
paper = dict(
    source='DatasetDM supp. table 6',
    rows=[
        dict(
            model='depthformer_swin_l',
            labels=labels,
            setting=setting,
            scores=dict(zip(columns, values, strict=True)),
        )
        for labels, setting, values in (
            (50, 'real', (0.59, 0.84, 0.93, 0.31, 0.37, 0.81, 0.3)),
            (50, 'synthetic', (0.68, 0.9, 0.97, 0.22, 0.19, 0.6, 0.23)),
            (50, 'real+synthetic', (0.68, 0.91, 0.98, 0.21, 0.18, 0.63, 0.23)),
            (250, 'real', (0.79, 0.96, 0.99, 0.16, 0.11, 0.51, 0.19)),
            (250, 'synthetic', (0.78, 0.96, 0.99, 0.17, 0.11, 0.52, 0.19)),
            (250, 'real+synthetic', (0.8, 0.97, 0.99, 0.14, 0.09, 0.47, 0.18)),
        )
    ],
)
del scores, errors, columns
