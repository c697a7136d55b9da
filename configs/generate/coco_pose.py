# 80,000 persons with COCO's keypoints by Stable Diffusion 1.5, one an image, as in the paper (DatasetDM supp. table 1):
#   python tools/generate.py configs/generate/coco_pose.py --out data/synthetic/coco_pose
_base_ = './voc.py'

# 100 sentences of one person each, which come with the package
prompts = dict(path='pose')
decoders = dict(
    _delete_=True,
    pose=dict(
        config='configs/datasetdm/datasetdm_sd15_pose-800shot_1xb1-50k_coco-512x512.py',
        checkpoint='work_dirs/datasetdm_sd15_pose-800shot_1xb1-50k_coco-512x512',
    ),
)
# an image of whose keypoints the decoder is not sure is not listed
filters = [dict(type='KeypointConfidence', at_least=0.3)]
num = 80000
