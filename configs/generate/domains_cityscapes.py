# The same of street scenes, labelled by a decoder of Cityscapes' labels (DatasetDM supp. table 9):
#   python tools/generate.py configs/generate/domains_cityscapes.py --out data/synthetic/domains_cityscapes
_base_ = './domains_voc.py'

# Cityscapes' riders are persons here
prompts = dict(
    path='cityscapes',
    phrases=dict(
        car=['taxi', 'hatchback', 'convertible', 'station wagon'],
        person=['man', 'woman', 'child', 'pedestrian'] + ['cyclist', 'motorcyclist', 'rider'],
        motorbike=['motorcycle', 'scooter', 'dirt bike'],
    ),
)
decoders = dict(
    semantic=dict(
        config='configs/datasetdm/datasetdm_sd15_semantic-9shot_1xb1-50k_cityscapes-domains-512x512.py',
        checkpoint='work_dirs/datasetdm_sd15_semantic-9shot_1xb1-50k_cityscapes-domains-512x512',
    )
)
