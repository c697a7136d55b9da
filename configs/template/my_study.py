# Real, synthetic and real+synthetic images compared, over seeds. Copy this file beside the others, and
#   python tools/study.py my_study.py --dry-run  # prints every command
#   python tools/study.py my_study.py
# configs/studies/README.md says what each key is, and how numbers of labelled images are compared.
task = 'semantic'
metrics = [dict(key='mIoU', name='mIoU')]
models = {
    'deeplabv3plus': {
        'real': '{{ fileDirname }}/my_deeplabv3plus_real.py',
        'synthetic': '{{ fileDirname }}/my_deeplabv3plus_synthetic.py',
        'real+synthetic': '{{ fileDirname }}/my_deeplabv3plus.py',
    }
}
decoders = {100: '{{ fileDirname }}/my_decoder.py'}  # by the number of labelled images in its list
recipe = '{{ fileDirname }}/my_recipe.py'
data_root = 'data/mine'
seeds = (0, 1, 2)
num = 1000
iterations = 20000
