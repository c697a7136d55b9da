# 80,000 images with COCO's instances by Stable Diffusion 1.5, as in the paper (DatasetDM supp. table 1):
#   python tools/generate.py configs/generate/coco_instance.py --out data/synthetic/coco
_base_ = './voc.py'

# 100 sentences for each class, which come with the package
prompts = dict(path='coco')
decoders = dict(
    _delete_=True,
    instance=dict(
        config='configs/datasetdm/datasetdm_sd15_instance-400shot_1xb1-50k_coco-512x512.py',
        checkpoint='work_dirs/datasetdm_sd15_instance-400shot_1xb1-50k_coco-512x512',
    ),
)
# an object that is there and has no label teaches that it is none
filters = [dict(type='InstanceRecall')]
num = 80000
