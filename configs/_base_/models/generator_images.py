# How the preprocessors of mmseg, mmdet and mmpose give images to a generator: RGB in [-1, 1].
seg_preprocessor = dict(type='SegDataPreProcessor', mean=[127.5] * 3, std=[127.5] * 3, bgr_to_rgb=True, pad_val=0)
det_preprocessor = dict(
    type='DetDataPreprocessor',
    mean=[127.5] * 3,
    std=[127.5] * 3,
    bgr_to_rgb=True,
    pad_size_divisor=64,  # the denoiser's coarsest stride
    pad_mask=True,
)
pose_preprocessor = dict(type='PoseDataPreprocessor', mean=[127.5] * 3, std=[127.5] * 3, bgr_to_rgb=True)
