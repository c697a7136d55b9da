# The semantic recipe with every filter at a value at which it drops nothing, so that each can be turned on by itself:
#   python tools/generate.py configs/generate/toyroom_semantic_filters.py --cfg-options filters.1.at_least=0.85
_base_ = './toyroom_semantic.py'

filters = [
    dict(type='ClassRecall', min_fraction=0.003, min_recall=0.0),
    dict(type='MeanConfidence', at_least=0.0),
    dict(type='IgnoredFraction', at_most=1.0),
    dict(type='Threshold', score='semantic.presence', at_least=0.0, missing='keep'),
    dict(type='BestShare', score='semantic.confidence', share=1.0),
    dict(type='ClassBalance', ratio=1000.0),
]
