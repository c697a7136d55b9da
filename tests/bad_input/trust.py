"""Wrong inputs of tools/generate.py and tools/report.py: recipes, places, devices, folders that were changed."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image

from mmdatasetdm.utils.schema import SCHEMA_VERSION
from tests.bad_input.case import Case

RECIPE = """
generator = 'toyroom'
sampler = dict(steps=2)
prompts = dict(type='toyroom')
decoders = dict(semantic=dict(config=__file__, checkpoint=__file__))
filters = [dict(type='IgnoredFraction', at_most=0.5)]
num = 4
"""


def recipe(folder: Path) -> Path:
    """A recipe that is right as far as it is read before a model is loaded."""
    path = folder / 'recipe.py'
    path.write_text(RECIPE.replace('__file__', repr(str(path))))
    return path


def generate(*args: str, prepare: Callable[[Path], None] = lambda folder: None, out: str = 'out'):
    """The arguments of a call with a good recipe; ``{}`` in them is the folder."""

    def call(folder: Path) -> Sequence[str]:
        prepare(folder)
        return [str(recipe(folder)), '--out', out if out.startswith('/') else str(folder / out)] + [
            str(arg).replace('{}', str(folder)) for arg in args
        ]

    return call


def option(text: str):
    return generate('--cfg-options', text)


def written(name: str, content: str | bytes, **more: str):
    """The arguments of a call with another recipe."""

    def call(folder: Path) -> Sequence[str]:
        for file, text in {name: content, **more}.items():
            (folder / file).write_bytes(text if isinstance(text, bytes) else text.encode())
        return [str(folder / name), '--out', str(folder / 'out')]

    return call


def place(content: dict[str, str]):
    """Prepares a folder ``out`` with files in it; '-> X' is a link to X."""

    def prepare(folder: Path) -> None:
        (folder / 'out').mkdir()
        for name, text in content.items():
            if text.startswith('-> '):
                (folder / 'out' / name).symlink_to(folder / text[3:])
            else:
                (folder / 'out' / name).write_text(text)

    return prepare


def dataset(folder: Path) -> Path:
    """A made-up data set of two samples."""
    root, lines = folder / 'set', []
    for sub in ('JPEGImages', 'SegmentationClass'):
        (root / sub).mkdir(parents=True)
    for i, name in enumerate(('00000000', '00000001')):
        files = dict(image=f'JPEGImages/{name}.png', semantic=f'SegmentationClass/{name}.png')
        Image.new('RGB', (8, 8)).save(root / files['image'])
        Image.new('L', (8, 8), 1).save(root / files['semantic'])
        scores = dict(semantic=dict(fractions=dict(cat=1.0), ignored=0.0, confidence=0.9))
        line = dict(id=i, name=name, prompt='a cat', classes=['cat'], files=files, scores=scores, failed=None)
        lines.append(dict(line, schema_version=SCHEMA_VERSION, selected=True, dropped=None))
    (root / 'manifest.jsonl').write_text(''.join(json.dumps(line) + '\n' for line in lines))
    speed = dict(images_per_second=1.0, seconds=2.0, seconds_per_image={}, devices=['CPU'])
    made = dict(generator='g', sampler=dict(scheduler='DDIM', steps=2, guidance=1.0), decoders={})
    counts = dict(samples=2, selected=2, failed=0, failures={}, filters=[], ignored_fraction=0.0, mean_confidence=0.9)
    cat = dict(prompted=2, images=2, pixel_fraction=1.0)
    whole = dict(
        counts,
        schema_version=SCHEMA_VERSION,
        fingerprint='f',
        per_class=dict(cat=cat),
        classes=['background', 'cat'],
        code_versions=['1'],
    )
    whole.update(palette=[[0, 0, 0], [9, 9, 9]], throughput=speed, recipe=made)
    (root / 'dataset.json').write_text(json.dumps(whole))
    return root


def report(*args: str, change: Callable[[Path], None] = lambda root: None):
    """The arguments of a report on a data set after ``change``; ``{}`` in them is the folder around it."""

    def call(folder: Path) -> Sequence[str]:
        root = dataset(folder)
        change(root)
        return [str(root), *(arg.replace('{}', str(folder)) for arg in args)]

    return call


def edited(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        text = (root / name).read_text()
        assert old in text
        (root / name).write_text(text.replace(old, new))

    return change


def replaced(name: str, content: bytes | None) -> Callable[[Path], None]:
    """Other content of a file; None: it is gone."""

    def change(root: Path) -> None:
        (root / name).unlink()
        if content is not None:
            (root / name).write_bytes(content)

    return change


def larger_mask(root: Path) -> None:
    Image.new('L', (9, 8), 1).save(root / 'SegmentationClass/00000001.png')


def site(folder: Path) -> None:
    """A person's own web page beside the data set."""
    (folder.parent / 'site/img').mkdir(parents=True)
    (folder.parent / 'site/index.html').write_text('<html>my cats</html>')


def relabel(change: Callable[[Path], None]):
    def call(folder: Path) -> Sequence[str]:
        root = dataset(folder)
        change(root)
        return [str(recipe(folder)), '--out', str(folder / 'out'), '--relabel', str(root)]

    return call


PYTHON = [
    (
        'a recipe with an unknown name',
        'r.py',
        'generator = toyroom',
        ("r.py cannot be read: NameError: name 'toyroom'",),
    ),
    ('a recipe that is cut', 'r.py', 'generator = (', ('r.py cannot be read', 'never closed')),
    ('a recipe that divides by zero', 'r.py', 'num = 1\nseed = 1 / 0', ('ZeroDivisionError', 'line 2')),
    ('a recipe that is a picture', 'r.py', b'\x89PNG\r\n\x1a\n\0\0', ('r.py cannot be read',)),
    ('an empty recipe', 'r.py', '', ("'generator' is missing",)),
    ('a recipe on itself', 'r.py', "_base_ = './r.py'", ('r.py cannot be read', 'recursion')),
    ('a recipe without its base', 'r.py', "_base_ = './base.py'", ('base.py',)),
    ('broken JSON', 'r.json', '{"generator": "toyroom",', ('r.json cannot be read', 'JSONDecodeError')),
    ('JSON that is a list', 'r.json', '[1, 2]', ('r.json cannot be read',)),
    ('a YAML recipe', 'r.yaml', 'generator: toyroom', ('r.yaml', 'is YAML; write it as a Python config')),
    ('a recipe of no known kind', 'r.toml', 'generator = "toyroom"', ('r.toml cannot be read',)),
    ('a decoder for a recipe', 'r.py', "model = dict(type='EncoderDecoder')", ("unknown key 'model'; known are",)),
]
OPTIONS = [
    ('sampler.steps=2.5', 'sampler.steps is 2.5; it must be a whole number'),
    ('sampler.steps=True', 'sampler.steps is True; it must be a whole number'),
    ('sampler.steps=0', 'sampler.steps is 0; it must be 1 or more'),
    ('sampler.height=0', 'sampler.height is 0; it must be 1 or more'),
    ('sampler.width=-8', 'sampler.width is -8; it must be 1 or more'),
    ('sampler.width=80000', 'sampler.width is 80000; it must be 8192 or less'),
    ('sampler.guidance=nan', 'sampler.guidance is nan; it must be a finite number'),
    ('sampler.guidance=inf', 'sampler.guidance is inf; it must be a finite number'),
    ('sampler.guidance=-1', 'sampler.guidance is -1; it must be 0 or more'),
    ('sampler.guidance=high', "sampler.guidance is 'high'; it must be a number"),
    ('sampler.scheduler=5', 'sampler.scheduler is 5; it must be a text'),
    (
        'sampler.guidance_interval=(0.5,0.5)',
        'sampler.guidance_interval is (0.5, 0.5); the first must be below the last',
    ),
    ('sampler.guidance_interval=(0,2)', 'sampler.guidance_interval'),
    ('sampler.dtype=float8', "sampler.dtype is 'float8'; it must be 'float32', 'float16' or 'bfloat16'"),
    ('sampler=None', 'sampler is None; it must be a dict'),
    ('sampler=DDIM', "sampler is 'DDIM'; it must be a dict"),
    ('sampler.step=3', "sampler has no option 'step'; known are scheduler, steps"),
    ('sampler.steps.many=3', '--cfg-options do not fit recipe'),
    ('seed=-1', 'seed is -1; it must be 0 or more'),
    ('seed=1.5', 'seed is 1.5; it must be a whole number'),
    ('num=many', "num is 'many'; it must be a whole number"),
    ('shard_size=0', 'shard_size is 0; it must be 1 or more'),
    ('dtype=float8', "dtype is 'float8'; it must be 'float32', 'float16' or 'bfloat16'"),
    ('generator=3', 'generator is 3; it must be a text'),
    ('writer.type=bmp', "writer.type is 'bmp'; known are 'cityscapes'"),
    ('writer.keep_latents=no', "writer.keep_latents is 'no'; it must be True or False"),
    ('writer.quality=101', 'writer.quality is 101; it must be 100 or less'),
    ('writer.depth_scale=1.5', 'writer.depth_scale is 1.5; it must be a whole number'),
    ('prompts=None', "'prompts' is missing"),
    ('prompts.type=[toyroom]', "prompts.type is ['toyroom']; known are 'file'"),
    ('prompts.near=nan', 'prompts.near is nan; it must be a finite number'),
    ('prompts.counts=0.5', 'prompts.counts is 0.5; it must be a list'),
    ('prompts.classes=chair', "prompts.classes is 'chair'; it must be a list"),
    ('prompts.weights.chair=many', "prompts.weights.chair is 'many'; it must be a whole number"),
    ('decoders.semantic=x', "decoders.semantic is 'x'; it must be a dict"),
    ('decoders.semantic.restrict_to_prompt=no', "restrict_to_prompt is 'no'; it must be True or False"),
    ('decoders.semantic.ignore.score=nan', 'decoders.semantic.ignore.score is nan; it must be a finite number'),
    ('decoders.semantic.ignore.margin=-1', 'decoders.semantic.ignore.margin is -1; it must be 0 or more'),
    ('filters.0.at_most=nan', 'filters[0].at_most is nan; it must be a finite number'),
    ('filters.0.at_most=-1', 'filters[0].at_most is -1; it must be 0 or more'),
    ('filters.0.type=Nice', "filters[0].type is 'Nice'; known are"),
    ('filters=[1]', 'filters is [1]; it must be a list of dict'),
    ('seed', "'seed' is not of the form KEY=VALUE"),
    ('filters=[(]', "'filters=[(]' cannot be read"),
]
REPORTS = [
    ('a report of half a dataset.json', edited('dataset.json', '{"samples"', '{"samp'), ('dataset.json is not JSON',)),
    ('a report of no number', edited('dataset.json', '"samples": 2', '"samples": "2"'), ('dataset.json: samples',)),
    ('a report of a list', replaced('dataset.json', b'[]'), ('dataset.json: its content', 'run tools/generate.py')),
    ('a report of colours that are style', edited('dataset.json', '[9, 9, 9]', '["0;x:url(", 9, 9]'), ('palette.1.0',)),
    ('a report without a manifest', replaced('manifest.jsonl', None), ('manifest.jsonl is missing',)),
    (
        'a report of half a manifest',
        edited('manifest.jsonl', '"dropped": null}', ''),
        ('manifest.jsonl: line 1 is dam',),
    ),
    ('a report of a binary manifest', replaced('manifest.jsonl', b'\xff\xfe'), ('manifest.jsonl is not text',)),
    ('a report of files above', edited('manifest.jsonl', 'JPEGImages/', '../set/JPEGImages/'), ('leads out of that',)),
    ('a report of files elsewhere', edited('manifest.jsonl', 'JPEGImages/00000001', '/etc/passwd'), ('leads out of',)),
    ('a report of a cut image', replaced('JPEGImages/00000001.png', b'\x89PNG\r\n\x1a\n'), ('00000001.png is ',)),
    ('a report without an image', replaced('JPEGImages/00000001.png', None), ('00000001.png: No such file',)),
    ('a report of a mask of another size', larger_mask, ('SegmentationClass/00000001.png is of shape (8, 9)',)),
]
CASES = [
    *(Case(name, 'generate', written(file, text), words) for name, file, text, words in PYTHON),
    Case(
        'a recipe on YAML',
        'generate',
        written('r.py', "_base_ = './evil.yaml'", **{'evil.yaml': 'x: !!python/name:os.system'}),
        ('evil.yaml is YAML',),
    ),
    *(Case(text, 'generate', option(text), (words,)) for text, words in OPTIONS),
    Case('a folder as recipe', 'generate', lambda folder: [folder, '--out', folder / 'out'], ('there is no recipe',)),
    Case('a batch of none', 'generate', generate('--batch-size', '0'), ('batch_size is 0; it must be 1 or more',)),
    Case('too many samples', 'generate', generate('--num', '9' * 13), ('num is 9999999999999; it must be',)),
    Case('no workers', 'generate', generate('--workers', '0'), ('--workers', "'0'", 'auto')),
    Case('half a decoder', 'generate', generate('--decoder', 'semantic=x.py'), ('is not NAME=CONFIG,CHECKPOINT',)),
    Case('an unknown decoder', 'generate', generate('--decoder', 'flow=x.py,y.pth'), ("no decoder 'flow'",)),
    Case('a device that is none', 'generate', generate('--device', 'gpu'), ("device 'gpu' cannot be used",)),
    Case('a device that is not there', 'generate', generate('--device', 'cuda:99'), ("device 'cuda:99' cannot be",)),
    Case('a device without values', 'generate', generate('--device', 'meta'), ("device 'meta' cannot be used",)),
    Case('out below a device', 'generate', generate(out='/dev/null/out'), ('/dev/null/out', 'Not a directory')),
    Case('out in proc', 'generate', generate(out='/proc/nowhere/out'), ('/proc/nowhere', 'No such file')),
    Case('out of a long name', 'generate', generate(out='n' * 300), ('File name too long',)),
    Case('out is a file', 'generate', generate(out='recipe.py'), ('recipe.py is a file; give a folder',)),
    Case(
        'out of another kind',
        'generate',
        generate(prepare=place({'thesis.tex': 'x'})),
        ('is not empty and is not a data set of this tool',),
    ),
    Case(
        'out with recipes for the kitchen',
        'generate',
        generate(prepare=place({'recipe.json': '{"flour": 500}'})),
        ('recipe.json', 'of another tool; give another --out'),
    ),
    Case('out with a linked lock', 'generate', generate(prepare=place({'.lock': '-> x'})), ('.lock is a link',)),
    Case('relabel nothing', 'generate', generate('--relabel', '{}/no'), ('--relabel', 'has no dataset.json')),
    Case('relabel a file', 'generate', generate('--relabel', '{}/recipe.py'), ('recipe.py: Not a directory',)),
    Case('relabel half a description', 'generate', relabel(replaced('dataset.json', b'{"num": 3')), ('is not JSON',)),
    Case('relabel a page', 'generate', relabel(lambda root: None), ('--relabel', 'dataset.json: num')),
    *(Case(name, 'report', report(change=change), words) for name, change, words in REPORTS),
    Case('a report of nothing', 'report', lambda folder: [folder / 'no'], ('has no dataset.json',)),
    Case('a report of a file', 'report', lambda folder: [recipe(folder)], ('recipe.py', 'Not a directory')),
    Case('a report over a site', 'report', report('--out', '{}/site', change=site), ('is no page of this tool',)),
    Case('a report over its data', 'report', report('--out', '{}/set'), ('is no page of this tool',)),
    Case('a report into a file', 'report', report('--out', '{}/set/dataset.json'), ('is a file; give a folder',)),
    Case('a report in proc', 'report', report('--out', '/proc/nowhere/page'), ('/proc/nowhere', 'No such file')),
    Case('a report of no samples', 'report', report('--samples', '0'), ('--samples is 0',)),
    Case('a report of a sample that is not', 'report', report('--show', '7'), ('has no sample 7; it has 2',)),
    Case('results that are none', 'report', report('--results', '{}/set/manifest.jsonl'), ('is not a results file',)),
    Case('results that are not there', 'report', report('--results', '{}/no.json'), ('no.json: No such file',)),
    *(
        Case(
            'a module that is not there',
            tool,
            ['x', *more, '--custom-imports', 'no_such'],
            ('--custom-imports', 'no_such'),
        )
        for tool, more in (('export', ['--to', 'voc', '--out', 'y']), ('select_samples', ['--all']), ('score', []))
    ),
]
