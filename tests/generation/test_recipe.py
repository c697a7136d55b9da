"""Recipes: what is read, and what a person gets wrong."""

import pickle
import re
from pathlib import Path

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.recipe import KEYS, load_prompts, load_recipe
from mmdatasetdm.utils.config import read_keys

RECIPES = sorted((Path(__file__).parents[2] / 'configs/generate').glob('*.py'))


def test_recipe(recipe_file):
    recipe = load_recipe(
        recipe_file, options={'sampler.steps': 7, 'filters': [dict(type='IgnoredFraction', at_most=0.5)]}
    )
    assert (recipe.sampler.steps, recipe.sampler.guidance, recipe.seed, recipe.shard_size) == (7, 2.0, 3, 4)
    assert recipe.filters[0].at_most == 0.5
    assert recipe.decoders['semantic'].ignore.score == 0.35


@pytest.mark.parametrize(
    'options, message',
    [
        ({'sampelr': dict(steps=3)}, "recipe: unknown key 'sampelr'; known are generator, sampler"),
        ({'sampler.step': 3}, "recipe: sampler has no option 'step'; known are scheduler, steps"),
        ({'sampler.steps': 0}, 'recipe: sampler.steps is 0; it must be 1 or more'),
        ({'sampler.steps': 2.5}, 'recipe: sampler.steps is 2.5; it must be a whole number'),
        ({'sampler.steps': True}, 'recipe: sampler.steps is True; it must be a whole number'),
        ({'sampler.height': 0}, 'recipe: sampler.height is 0; it must be 1 or more'),
        ({'sampler.guidance': float('nan')}, 'recipe: sampler.guidance is nan; it must be a finite number'),
        ({'sampler.scheduler': 5}, 'recipe: sampler.scheduler is 5; it must be a text'),
        ({'sampler.negative_prompt': None}, 'recipe: sampler.negative_prompt is None; it must be a text'),
        ({'sampler': None}, 'recipe: sampler is None; it must be a dict(…)'),
        ({'sampler': 'DDIM'}, "recipe: sampler is 'DDIM'; it must be a dict(…)"),
        ({'generator': ['a']}, "recipe: generator is ['a']; it must be a text"),
        ({'dtype': 'float8'}, "recipe: dtype is 'float8'; it must be 'float32', 'float16' or 'bfloat16'"),
        ({'num': 2.5}, 'recipe: num is 2.5; it must be a whole number'),
        ({'writer.keep_latents': 'no'}, "recipe: writer.keep_latents is 'no'; it must be True or False"),
        ({'writer.quality': 0}, 'recipe: writer.quality is 0; it must be 1 or more'),
        ({'writer.type': ['voc']}, "recipe: writer.type is ['voc']; known are 'cityscapes', 'coco'"),
        ({'decoders': dict(_delete_=True, semantic='x')}, "recipe: decoders.semantic is 'x'; it must be a dict(…)"),
        (
            {'decoders.semantic.restrict_to_prompt': 'no'},
            "recipe: decoders.semantic.restrict_to_prompt is 'no'; it must be True or False",
        ),
        ({'decoders.semantic.ignore.score': -1}, 'recipe: decoders.semantic.ignore.score is -1; it must be 0 or more'),
        (
            {'decoders.semantic.ignore.per_class': dict(sofa=float('nan'))},
            'recipe: decoders.semantic.ignore.per_class.sofa is nan; it must be a finite number',
        ),
        (
            {'decoders.pose': dict(config='x.py', visible=0.1, labelled=0.5)},
            'recipe: decoders.pose: labelled 0.5',
        ),
        (
            {'filters': [dict(type='PromptWords', without='chair')]},
            "recipe: filters[0].without is 'chair'; it must",
        ),
        (
            {'filters': [dict(type='MeanConfidence', at_least=float('nan'))]},
            'recipe: filters[0].at_least is nan; it must be a finite number',
        ),
        (
            {'filters': [dict(type='IgnoredFraction', at_most=-1)]},
            'recipe: filters[0].at_most is -1; it must be 0',
        ),
        ({'filters': [dict(type='InstanceCount', at_most=0)]}, 'recipe: filters[0]: at_most 0 is less than at_least 1'),
        ({'prompts.classes': 'chair'}, "recipe: prompts.classes is 'chair'; it must be a list"),
        (
            {'prompts.classes': ['chair', 'chair']},
            "recipe: prompts.classes is ['chair', 'chair']; 'chair' stands",
        ),
        ({'prompts.templates': ['{classes} {']}, "recipe: prompts.templates: '{classes} {' needs {classes}"),
        ({'prompts.templates': ['{classes:>9}']}, "recipe: prompts.templates: '{classes:>9}' needs {classes}"),
        ({'prompts.slots': dict(place=[])}, 'recipe: prompts.slots.place is []; it must be a list of 1 or more'),
        ({'prompts.max_classes': '2'}, "recipe: prompts.max_classes is '2'; it must be a whole number"),
        ({'prompts.weights': dict(chair=-1)}, 'recipe: prompts.weights.chair is -1; it must be 0 or more'),
        ({'batch_size': 0}, 'recipe: batch_size is 0; it must be 1 or more'),
        ({'seed': 'x'}, "recipe: seed is 'x'; it must be a whole number"),
        ({'generator': ''}, "recipe: 'generator' is missing"),
        ({'writer.image_format': 'bmp'}, "recipe: writer.image_format is 'bmp'; it must be 'png' or 'jpg'"),
        ({'filters': [dict(type='Nice')]}, "recipe: filters[0].type is 'Nice'; known are 'BestShare'"),
        ({'filters': [dict(type='IgnoredFraction')]}, "recipe: filters[0] (type 'IgnoredFraction') needs 'at_most'"),
        ({'filters': 'no'}, "recipe: filters is 'no'; it must be a list of dict(type=…, …)"),
        ({'writer': 'voc'}, "recipe: writer is 'voc'; it must be a dict(…)"),
        ({'decoders.flow': dict(config='x.py')}, "recipe: decoders: the task is 'flow'; known are 'depth', 'instance'"),
        ({'decoders.depth': dict(config='x.py')}, 'decoder depth has no checkpoint; give --decoder depth='),
        ({'decoders.depth': dict(margin=1)}, "recipe: decoders.depth has no option 'margin'; known are config"),
        ({'decoders.instance': dict(config='x.py', min_score=2)}, 'recipe: decoders.instance.min_score is 2; it must'),
        ({'decoders.instance': dict(config='x.py', semantic='cut')}, "recipe: decoders.instance.semantic is 'cut'"),
        ({'filters': [dict(type='InstanceCount')]}, 'recipe: filter InstanceCount needs the decoder instance, which'),
        ({'writer.depth_scale': 0}, 'recipe: writer.depth_scale is 0; it must be 1 or more'),
        ({'decoders.semantic.checkpoint': 'no.pth'}, 'decoder semantic: there is no checkpoint no.pth; train one with'),
        ({'decoders.semantic.config': 'no.py'}, 'decoder semantic: there is no config no.py'),
        (
            {'decoders.semantic.ignore.scores': 1},
            "recipe: decoders.semantic.ignore has no option 'scores'; known are score",
        ),
    ],
)
def test_mistakes(recipe_file, options, message):
    with pytest.raises(UserError) as error:
        load_recipe(recipe_file, options=options)
    assert str(error.value).startswith(message) and '\n' not in str(error.value)


def test_decoder_option(recipe_file, decoder_files, tmp_path):
    config, checkpoint = decoder_files
    copy = tmp_path / 'work/iter_9.pth'
    copy.parent.mkdir()
    copy.write_bytes(checkpoint.read_bytes())
    recipe = load_recipe(recipe_file, decoders=[f'semantic={config},{copy.parent}'])
    assert recipe.decoders['semantic'].checkpoint == (str(copy),)
    several = load_recipe(recipe_file, decoders=[f'semantic={config},{copy},{checkpoint}'])
    assert several.decoders['semantic'].checkpoint == (str(copy), str(checkpoint))
    same = [str(checkpoint), str(copy.parent / '..' / copy.parent.name / copy.name), str(copy)]
    with pytest.raises(UserError, match=f'decoder semantic: the checkpoint {copy} is named twice'):
        load_recipe(recipe_file, options={'decoders.semantic.checkpoint': same})
    (tmp_path / 'empty').mkdir()
    with pytest.raises(UserError, match=r'decoder semantic: .*empty holds no checkpoint of a training'):
        load_recipe(recipe_file, decoders=[f'semantic={config},{tmp_path}/empty'])
    with pytest.raises(UserError, match=r'is not NAME=CONFIG,CHECKPOINT'):
        load_recipe(recipe_file, decoders=['semantic=x.py'])
    with pytest.raises(UserError, match=r"the recipe has no decoder 'depth'; it has semantic"):
        load_recipe(recipe_file, decoders=['depth=x.py,y.pth'])


def test_no_recipe(tmp_path):
    with pytest.raises(UserError, match=r'there is no recipe'):
        load_recipe(tmp_path / 'none.py')


def test_recipe_survives_the_way_to_a_worker(make_recipe):
    recipe = make_recipe({'filters': [dict(type='IgnoredFraction', at_most=0.5)]})
    arrived = pickle.loads(pickle.dumps(recipe))
    assert (arrived.decoders, arrived.filters, arrived.sampler) == (recipe.decoders, recipe.filters, recipe.sampler)
    assert [arrived.prompts(i) for i in range(9)] == [recipe.prompts(i) for i in range(9)]


@pytest.mark.parametrize('path', RECIPES, ids=lambda path: path.stem)
def test_shipped_recipes(path, decoder_files):
    """They are whole but for the decoder, which a person trains."""
    config = read_keys(path, what='recipe', known=KEYS)
    for decoder in config['decoders'].values():
        assert (path.parents[2] / decoder['config']).is_file()
    files = ','.join(map(str, decoder_files))
    recipe = load_recipe(path, decoders=[f'{task}={files}' for task in config['decoders']])
    assert recipe.num and (recipe.filters or set(config['decoders']) <= {'depth', 'pose'})  # no score to filter by
    assert load_prompts(path)(0) == recipe.prompts(0)


def test_classes_of_a_base(recipe_file, decoder_files, tmp_path):
    (tmp_path / 'world.py').write_text("world = ('background', 'chair', 'sofa')\nword = dict(sofa='couch')\n")
    path = tmp_path / 'mine.py'
    bases = f"_base_ = ['{recipe_file}', './world.py']\n"
    path.write_text(f'{bases}prompts = dict(classes=_base_.world[1:], phrases=dict(sofa=(_base_.word.sofa,)))\n')
    recipe = load_recipe(path)
    assert (recipe.prompts.classes, recipe.prompts.phrases['sofa']) == (('chair', 'sofa'), ('couch',))
    assert {'world', 'word'}.isdisjoint(recipe.prompt_options)
    with pytest.raises(UserError, match=r'^--cfg-options world: the name is used up when recipe .*mine\.py is read'):
        load_recipe(path, options={'world': ('lamp',)})
    path.write_text(f'{bases}sede = 4\n')
    with pytest.raises(UserError, match=r"^recipe: unknown key 'sede'; known are generator"):
        load_recipe(path)
    (tmp_path / 'world.py').write_text('shardsize = 4\n')
    path.write_text(bases)
    with pytest.raises(
        UserError, match=r'its base .*world\.py has a name `shardsize`; did you mean the key `shard_size`'
    ):
        load_recipe(path)


def test_every_recipe_says_which_decoder_to_train(tmp_path, monkeypatch):
    """Before the generator is loaded; the decoders of toyroom_all.py are shipped."""
    monkeypatch.chdir(tmp_path)
    paths = [path for path in RECIPES if path.stem != 'toyroom_all']
    assert len(paths) > 15
    for path in paths:
        with pytest.raises(
            UserError, match=r'no checkpoint .*; train one with: python tools/train\.py (\S+\.py)'
        ) as raised:
            load_recipe(path)
        config = re.search(r'tools/train\.py (\S+\.py)', str(raised.value))[1]
        assert (path.parents[2] / config).is_file() and '\n' not in str(raised.value)
