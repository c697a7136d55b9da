# Real photographs on the built-in generator, which never saw one: this shows the code path, not the method's strength.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/pdecoder_toyroom.py',
    '../_base_/datasets/camvid_100shot.py',
    '../_base_/schedules/decoder_500iters.py',
]

# The generator knows no word of these classes, so the pass has no text.
model = dict(data_preprocessor=dict(size=(256, 256)), decode_head=dict(num_classes=11))
auto_scale_lr = dict(base_batch_size=4)
