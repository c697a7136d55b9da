# DatasetDM supp. table 2: keypoints of COCO 2017 from 800 labelled images, SimpleBaseline and HRNet.
_base_ = ['../_base_/studies/paper.py', '../_base_/datasets/coco_instances.py']

task = 'pose'
# COCO's evaluation logs nothing where a model finds nothing
keys = {'AP': 'AP', 'AP50': 'AP .5', 'AP75': 'AP .75', 'AP medium': 'AP (M)', 'AP large': 'AP (L)', 'AR': 'AR'}
metrics = [dict(key=f'coco/{key}', name=name, scale=100.0, empty=0.0) for name, key in keys.items()]
columns = tuple(keys)
models = dict(
    simplebaseline_r50='configs/topdown_heatmap/td-hm_res50_8xb64-40k_coco-800shot-{setting}-256x192.py',
    hrnet_w32='configs/topdown_heatmap/td-hm_hrnet-w32_8xb64-40k_coco-800shot-{setting}-256x192.py',
    hrnet_w32_384x288='configs/topdown_heatmap/td-hm_hrnet-w32_8xb64-40k_coco-800shot-{setting}-384x288.py',
)
overrides = dict(hrnet_w32_384x288=dict(settings=('real', 'real+synthetic')))
decoders = {800: 'configs/datasetdm/datasetdm_sd15_pose-800shot_1xb1-50k_coco-512x512.py'}
recipe = 'configs/generate/coco_pose.py'
data_root = _base_.coco_root
data_download = _base_.coco_download
num = 80000
paper = dict(
    source='DatasetDM supp. table 2',
    rows=[
        dict(model=model, labels=800, setting=setting, scores=dict(zip(columns, values, strict=True)))
        for model, setting, values in (
            ('simplebaseline_r50', 'real', (31.3, 62.0, 27.7, 30.7, 32.0, 36.2)),
            ('simplebaseline_r50', 'synthetic', (11.4, 28.2, 7.8, 6.9, 17.7, 14.3)),
            ('simplebaseline_r50', 'real+synthetic', (36.4, 66.7, 35.0, 33.0, 40.8, 40.1)),
            ('hrnet_w32', 'real', (42.4, 73.3, 42.1, 39.5, 47.0, 46.7)),
            ('hrnet_w32', 'synthetic', (13.4, 30.9, 9.9, 8.0, 21.7, 17.7)),
            ('hrnet_w32', 'real+synthetic', (47.5, 75.6, 49.3, 44.2, 52.6, 51.2)),
            ('hrnet_w32_384x288', 'real', (43.4, 72.2, 44.7, 40.5, 47.9, 47.5)),
            ('hrnet_w32_384x288', 'real+synthetic', (48.9, 76.7, 51.4, 44.6, 55.0, 52.4)),
        )
    ],
)
del keys, columns
