# The same with the 8 classes of DatasetDM supp. table 3, of which void is one:
#   python tools/generate.py configs/generate/cityscapes8.py --out data/synthetic/cityscapes8
_base_ = './cityscapes.py'

# the sentences of the 19 classes; a longer phrase is found by its last word, as "brick wall"
prompts = dict(
    classes=('Road', 'Construction', 'Object', 'Nature', 'Sky', 'Human', 'Vehicle'),
    phrases=dict(
        Road=['street'],
        Construction=['building', 'house', 'church', 'shop', 'wall', 'fence'],
        Object=['pole', 'lamp post', 'street lamp', 'traffic light', 'sign'],
        Nature=['trees', 'hedges', 'bushes', 'ivy', 'grass', 'terrain'],
        Human=['person', 'man', 'woman', 'child', 'pedestrian', 'rider', 'cyclist', 'motorcyclist'],
        Vehicle=['car', 'taxi', 'hatchback', 'truck', 'lorry', 'bus', 'train', 'tram', 'motorcycle', 'scooter', 'bike'],
    ),
)
decoders = dict(
    semantic=dict(
        config='configs/datasetdm/datasetdm_sd15_semantic-9shot_1xb1-50k_cityscapes8-512x512.py',
        checkpoint='work_dirs/datasetdm_sd15_semantic-9shot_1xb1-50k_cityscapes8-512x512',
        background='Void',
    )
)
