# How mmseg's preprocessor gives images to a generator: RGB in [-1, 1].
seg_preprocessor = dict(type='SegDataPreProcessor', mean=[127.5] * 3, std=[127.5] * 3, bgr_to_rgb=True, pad_val=0)
