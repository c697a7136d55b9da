# The same with one class, "object", as the paper has it:
#   python tools/generate.py configs/generate/coco_instance_agnostic.py --out data/synthetic/coco_agnostic
_base_ = './coco_instance.py'

decoders = dict(
    instance=dict(
        config='configs/datasetdm/datasetdm_sd15_instance-agnostic-400shot_1xb1-50k_coco-512x512.py',
        checkpoint='work_dirs/datasetdm_sd15_instance-agnostic-400shot_1xb1-50k_coco-512x512',
    )
)
# which of the objects a sentence names is not known
filters = [dict(type='InstanceCount', at_least=1)]
