# The same with one class, "object", as the paper has it:
#   python tools/generate.py configs/generate/coco_instance_agnostic.py --out data/synthetic/coco_agnostic
_base_ = './coco_instance.py'

# the same sentences; which objects they name is not asked
prompts = dict(classes=('object',))
decoders = dict(
    instance=dict(
        config='configs/datasetdm/datasetdm_sd15_instance-agnostic-400shot_1xb1-50k_coco-512x512.py',
        checkpoint='work_dirs/datasetdm_sd15_instance-agnostic-400shot_1xb1-50k_coco-512x512',
    )
)
# an image without any object teaches nothing
filters = [dict(type='InstanceCount', at_least=1)]
