# 40,000 images of cars, persons and motorbikes, labelled by a decoder of Pascal VOC's labels (DatasetDM supp. table 9):
#   python tools/generate.py configs/generate/domains_voc.py --out data/synthetic/domains_voc
_base_ = './voc.py'

# the sentences that name one of the three, each as often
prompts = dict(classes=('car', 'person', 'motorbike'), weights=dict(car=1, person=1, motorbike=1))
decoders = dict(
    semantic=dict(
        config='configs/datasetdm/datasetdm_sd15_semantic-99shot_1xb1-50k_voc12-domains-512x512.py',
        checkpoint='work_dirs/datasetdm_sd15_semantic-99shot_1xb1-50k_voc12-domains-512x512',
    )
)
