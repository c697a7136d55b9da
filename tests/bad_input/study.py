"""Wrong inputs of tools/study.py and tools/demo.py: found before anything is trained."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.bad_input.case import Case

RUN = 'runs/deeplabv3plus_20_real_seed0/result.json'


def study(*options: str, out: str = 'out', **files: object) -> Callable[[Path], Sequence[str]]:
    """The options with an --out in a folder that holds ``files``: text, or what is written as JSON."""

    def args(folder: Path) -> Sequence[str]:
        for name, content in files.items():
            path = folder / name.replace('__', '/').replace('_json', '.json')
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content if isinstance(content, str) else json.dumps(content))
        given = [option.format(folder=folder) for option in options]
        return ['--out', str(folder / out), *given]

    return args


def with_run(content: str) -> Callable[[Path], Sequence[str]]:
    """``--table`` of a study with one finished run."""

    def args(folder: Path) -> Sequence[str]:
        (folder / RUN).parent.mkdir(parents=True)
        (folder / RUN).write_text(content)
        return ['--table', '--out', str(folder)]

    return args


CASES = [
    Case('no such task', 'study', study('--task', 'flow'), ('no task flow', 'semantic, instance')),
    Case('no such model', 'study', study('--models', 'unet'), ('no model unet', 'deeplabv3plus')),
    Case('no such number of labels', 'study', study('--labels', '7'), ('labelled images 7', '10, 20, 50')),
    Case('labels that are no number', 'study', study('--labels', 'few'), ('--labels', "'few'")),
    Case('labels twice', 'study', study('--labels', '20', '20'), ('labelled images 20 is named twice',)),
    Case('a seed twice', 'study', study('--seeds', '3', '3'), ('--seeds 3', 'different')),
    Case('a seed below 0', 'study', study('--seeds', '-1'), ('--seeds -1', '0 or more')),
    Case('no such setting', 'study', study('--settings', 'fake'), ('no setting fake', 'real, synthetic, both')),
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
    Case('unseen of another task', 'study', study('--unseen', 'dog'), ('--unseen', 'openvocab')),
    Case(
        'unseen of another world',
        'study',
        study('--task', 'openvocab', '--unseen', 'yak'),
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
    Case('the demo into a file', 'demo', study(out='file', file='mine'), ('--out', 'cannot be written')),
    Case("the demo into a person's folder", 'demo', study(out='mine', mine__thesis='x'), ('it holds thesis',)),
    Case('the demo into a study', 'demo', study(out__study_json=dict(task='pose')), ('task=pose', '--out')),
    Case('the demo with no jobs', 'demo', study('--jobs', '0'), ('--jobs is 0', '1 or more')),
    Case('the demo with some jobs', 'demo', study('--jobs', 'some'), ('--jobs', "'some'")),
    Case('the demo with an option of others', 'demo', study('--labels', '20'), ('unrecognized', '--labels')),
]
