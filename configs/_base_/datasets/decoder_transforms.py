# Transforms that the data sets of several decoders have in common.

# A prompt names only some of what its image shows, and so do the texts of training. Against none dropped
# (tools/evaluate_names.py, validation images, semantic-phrase-20shot, seeds 0-2): told 39.7 ± 2.1 to 37.6 ± 1.1
# mIoU, half told 35.6 ± 1.0 to 33.5 ± 1.1, untold 10.2 ± 0.4 to 11.5 ± 0.4; of half told images 27 % instead of 39 % of
# the object pixels of unnamed classes are surely background.
drop_names = dict(type='mmdatasetdm.DropClassNames', some=0.25, none=0.05, unknown=0.2)
# tools/test.py --tta: the image and its mirror image
flips = [dict(type='RandomFlip', prob=0.0), dict(type='RandomFlip', prob=1.0)]
# the stock keys, and the classes that an image's prompt names
seg_meta_keys = (
    'img_path',
    'seg_map_path',
    'ori_shape',
    'img_shape',
    'pad_shape',
    'scale_factor',
    'flip',
    'flip_direction',
    'reduce_zero_label',
    'present_classes',
)
pack_seg = dict(type='PackSegInputs', meta_keys=seg_meta_keys)
pack_depth = dict(
    type='PackSegInputs',
    meta_keys=tuple(key.replace('seg_map', 'depth_map') for key in seg_meta_keys if key != 'reduce_zero_label'),
)
# with whether the image is mirrored, for tools/test.py --tta
pack_det_tta = dict(
    type='PackDetInputs',
    meta_keys=('img_id', 'img_path', 'ori_shape', 'img_shape', 'scale_factor', 'flip', 'flip_direction'),
)
