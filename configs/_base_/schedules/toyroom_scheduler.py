# How the learning rate of a stock model on ToyRoom goes. The names are not those of a stock config, so that both may be
# bases of one config.
toyroom_iters = 2000
toyroom_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, begin=0, end=50),
    dict(type='PolyLR', eta_min=0, power=0.9, by_epoch=False, begin=0, end=toyroom_iters),
]
