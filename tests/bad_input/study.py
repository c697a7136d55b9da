"""Wrong inputs of tools/study.py and tools/demo.py: found before anything is trained."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.bad_input.case import Case

RECIPE = 'configs/generate/toyroom_semantic.py'
SEMANTIC = 'configs/studies/toyroom_semantic.py'
WHOLE = """
task = 'semantic'
metrics = [dict(key='mIoU', name='mIoU')]
models = dict(net='configs/deeplabv3plus/deeplabv3plus_r18_1xb8-2k_toyroom-{setting}-128x128.py')
decoders = {20: 'configs/datasetdm/datasetdm_toyroom_semantic-20shot_1xb8-500iters_toyroom-128x128.py'}
recipe = 'configs/generate/toyroom_semantic.py'
data_root = 'none'
train_list = 'train_{labels}.txt'
"""
RUN = 'runs/deeplabv3plus_20_real_seed0/result.json'


def demo(*options: str, out: str = 'out', **files: object) -> Callable[[Path], Sequence[str]]:
    """The options with an --out in a folder that holds ``files``: text, or what is written as JSON."""

    def args(folder: Path) -> Sequence[str]:
        for name, content in files.items():
            path = folder / name.replace('__', '/').replace('_json', '.json')
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content if isinstance(content, str) else json.dumps(content))
        given = [option.format(folder=folder) for option in options]
        return ['--out', str(folder / out), *given]

    return args


def study(*options: str, config: str = SEMANTIC, **more: object) -> Callable[[Path], Sequence[str]]:
    """The same with the config of a study before them."""
    return lambda folder: [config, *demo(*options, **more)(folder)]


def config(text: str, *, without: str = '') -> Callable[[Path], Sequence[str]]:
    """A study's config with ``text`` at its end, or without a key."""

    def args(folder: Path) -> Sequence[str]:
        path = folder / 'mine.py'
        lines = [line for line in WHOLE.splitlines() if not without or not line.startswith(without)]
        path.write_text('\n'.join([*lines, text]) + '\n')
        return [str(path), '--out', str(folder / 'out')]

    return args


def with_run(content: str) -> Callable[[Path], Sequence[str]]:
    """``--table`` of a study with one finished run."""

    def args(folder: Path) -> Sequence[str]:
        (folder / RUN).parent.mkdir(parents=True)
        (folder / RUN).write_text(content)
        return [SEMANTIC, '--table', '--out', str(folder)]

    return args


CASES = [
    Case('no such study', 'study', study(config='mine.py'), ('study mine.py', 'no such file')),
    Case('no config', 'study', demo(), ('config',)),
    Case('a config of something else', 'study', study(config=RECIPE), (RECIPE, 'has a key `generator`')),
    Case('a study without models', 'study', config('', without='models'), ('mine.py has no `models`',)),
    Case('a key misspelt', 'study', config("metric = ['mIoU']"), ('`metric`', 'did you mean `metrics`')),
    Case('a metric without a name', 'study', config("metrics = [dict(key='mIoU')]"), ('metrics[0]', "'name'")),
    Case('one metric alone', 'study', config("metrics = 'mIoU'"), ('metrics must be a list', "'mIoU'")),
    Case('a model without a file', 'study', config("models = dict(net='x.py')"), ('models.net.real', 'no file x.py')),
    Case(
        'a setting of no study', 'study', config("models = dict(net=dict(fake='x.py'))"), ('setting fake', 'known are')
    ),
    Case('no decoders', 'study', config('decoders = {}'), ('decoders must be',)),
    Case('labels of no number', 'study', config("decoders = dict(few='x.py')"), ('decoders: a key', "'few'")),
    Case('half a ratio in a config', 'study', config('ratio = [1]'), ('ratio must be two numbers',)),
    Case('evaluators of training', 'study', config("evaluator_keys = dict(train=['x'])"), ('evaluator_keys.train',)),
    Case(
        'a key that no data set has', 'study', config("list_key = 'files'"), ('train_20.txt is not in its data_root',)
    ),
    Case('a study that is no Python', 'study', config('task ='), ('mine.py cannot be read', 'line')),
    Case('no such model', 'study', study('--models', 'unet'), ('no model unet', 'deeplabv3plus')),
    Case('no such number of labels', 'study', study('--labels', '7'), ('labelled images 7', '10, 20, 50')),
    Case('labels that are no number', 'study', study('--labels', 'few'), ('--labels', "'few'")),
    Case('labels twice', 'study', study('--labels', '20', '20'), ('labelled images 20 is named twice',)),
    Case('a seed twice', 'study', study('--seeds', '3', '3'), ('--seeds 3', 'different')),
    Case('a seed below 0', 'study', study('--seeds', '-1'), ('--seeds -1', '0 or more')),
    Case(
        'no such setting', 'study', study('--settings', 'fake'), ('no setting fake', 'real, synthetic, real+synthetic')
    ),
    Case('no images', 'study', study('--num', '0'), ('num is 0', '1 or more')),
    Case('no iterations', 'study', study('--iterations', '0'), ('iterations is 0', '1 or more')),
    Case('no iterations of decoders', 'study', study('--decoder-iterations', '-3'), ('decoder_iterations is -3',)),
    Case('no decoders', 'study', study('--decoders', '0'), ('decoders is 0', '1 or more')),
    Case('a ratio of nothing', 'study', study('--ratio', '0', '0'), ('--ratio 0 0', 'not both 0')),
    Case('a ratio below 0', 'study', study('--ratio', '1', '-1'), ('--ratio 1 -1', '0 or more')),
    Case('a ratio that is no number', 'study', study('--ratio', 'nan', '1'), ('--ratio nan 1',)),
    Case('half a ratio', 'study', study('--ratio', '1'), ('--ratio', 'expected 2 arguments')),
    Case('no jobs', 'study', study('--jobs', '0'), ('--jobs is 0', '1 or more')),
    Case('a table of nothing', 'study', study('--table'), ('has no finished run',)),
    Case('no such style', 'study', study('--also-test', 'beach'), ('no further style beach', 'street')),
    Case(
        'unseen of another task', 'study', study('--unseen', 'dog'), ('--unseen', 'open vocabulary', 'toyroom_semantic')
    ),
    Case(
        'unseen of another world',
        'study',
        study('--unseen', 'yak', config='configs/studies/toyroom_openvocab.py'),
        ('--unseen yak', 'no such class', 'sofa'),
    ),
    Case('no such recipe', 'study', study('--recipe', 'nothing.py'), ('--recipe nothing.py', 'no such file')),
    Case('an option without value', 'study', study('--recipe-options', 'seed'), ("'seed'", 'KEY=VALUE')),
    Case('no such generator', 'study', study('--generator', './nothing'), ('--generator ./nothing', 'diffusers')),
    Case('no such images', 'study', study('--images', '{folder}/none'), ('--images', 'no finished data set')),
    Case(
        'too few images',
        'study',
        study('--images', '{folder}', dataset_json=dict(num=10)),
        ('it has 10 images', '--num 2000'),
    ),
    Case('images without a number', 'study', study('--images', '{folder}', dataset_json={}), ('dataset.json', 'num')),
    Case('images half written', 'study', study('--images', '{folder}', dataset_json='{"num": '), ('make that data',)),
    Case('out is a file', 'study', study(out='file', file='mine'), ('--out', 'cannot be written')),
    Case('out below a file', 'study', study(out='file/x', file='mine'), ('--out', 'cannot be written')),
    Case("out is a person's folder", 'study', study(out='mine', mine__thesis='x'), ('no folder of a study', 'thesis')),
    Case('study.json half written', 'study', study(out__study_json='{"task": '), ('study.json', 'delete it')),
    Case('study.json is a list', 'study', study(out__study_json=[]), ('study.json', 'no JSON object')),
    Case('a study of another task', 'study', study(out__study_json=dict(task='depth')), ('task=depth', '--out')),
    Case('a result half written', 'study', with_run('{"model":'), ('result.json cannot be read', 'delete it')),
    Case('a result without scores', 'study', with_run('{"model": "x"}'), ('result.json', 'not the result of a run')),
    Case('the demo into a file', 'demo', demo(out='file', file='mine'), ('--out', 'cannot be written')),
    Case("the demo into a person's folder", 'demo', demo(out='mine', mine__thesis='x'), ('it holds thesis',)),
    Case('the demo into a study', 'demo', demo(out__study_json=dict(task='pose')), ('task=pose', '--out')),
    Case('the demo with no jobs', 'demo', demo('--jobs', '0'), ('--jobs is 0', '1 or more')),
    Case('the demo with some jobs', 'demo', demo('--jobs', 'some'), ('--jobs', "'some'")),
    Case('the demo with an option of others', 'demo', demo('--labels', '20'), ('unrecognized', '--labels')),
]
