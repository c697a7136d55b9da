"""Recipes: what is read, and what a person gets wrong."""

from pathlib import Path

import pytest
from mmengine.config import Config

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.recipe import load_prompts, load_recipe, parse_recipe

RECIPES = sorted((Path(__file__).parents[2] / 'configs/generate').glob('*.py'))


def test_recipe(recipe_file):
    recipe = load_recipe(recipe_file, options={'sampler.steps': 7, 'filters': [dict(type='IgnoredShare', at_most=0.5)]})
    assert (recipe.sampler.steps, recipe.sampler.guidance, recipe.seed, recipe.shard_size) == (7, 2.0, 3, 4)
    assert recipe.filters[0].at_most == 0.5
    assert recipe.decoders['semantic'].ignore.score == 0.35


@pytest.mark.parametrize(
    'options, message',
    [
        ({'sampelr': dict(steps=3)}, "recipe: unknown key 'sampelr'; known are generator, sampler"),
        ({'sampler.step': 3}, "recipe: sampler has no option 'step'; known are scheduler, steps"),
        ({'sampler.steps': 0}, 'recipe: sampler.steps is 0; it must be 1 or more'),
        ({'batch_size': 0}, 'recipe: batch_size is 0; it must be a whole number, 1 or more'),
        ({'seed': 'x'}, "recipe: seed is 'x'; it must be a whole number, 0 or more"),
        ({'generator': ''}, "recipe: 'generator' is missing"),
        ({'writer.image_format': 'bmp'}, "recipe: writer.image_format is 'bmp'; known are 'png' and 'jpg'"),
        ({'filters': [dict(type='Nice')]}, "recipe: filters: unknown type 'Nice'; known are PromptedClassesFound"),
        ({'filters': [dict(type='IgnoredShare')]}, 'recipe: filter IgnoredShare takes at_most; it was given nothing'),
        ({'filters': 'no'}, "recipe: filters is 'no'; it must be a list of dict(type=…, …)"),
        ({'writer': 'voc'}, "recipe: writer is 'voc'; it must be a dict(…)"),
        ({'decoders.flow': dict(config='x.py')}, 'recipe: decoders.flow: unknown task; known are semantic, instance'),
        ({'decoders.depth': dict(config='x.py')}, 'decoder depth has no checkpoint; give --decoder depth='),
        ({'decoders.depth': dict(ignore={})}, "recipe: decoders.depth has no option 'ignore'; known are config"),
        ({'decoders.instance': dict(config='x.py', min_score=2)}, 'recipe: decoders.instance.min_score is 2; it must'),
        ({'decoders.instance': dict(config='x.py', semantic='cut')}, "recipe: decoders.instance.semantic is 'cut'"),
        ({'filters': [dict(type='ObjectCount')]}, 'recipe: filter ObjectCount needs the decoder instance, which'),
        ({'writer.depth_scale': 0}, 'recipe: writer.depth_scale is 0; it must be a whole number above 0'),
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
    copy = tmp_path / 'best_mIoU_iter_9.pth'
    copy.write_bytes(checkpoint.read_bytes())
    recipe = load_recipe(recipe_file, decoders=[f'semantic={config},{tmp_path}/best_*.pth'])
    assert recipe.decoders['semantic'].checkpoint == (str(copy),)
    several = load_recipe(recipe_file, decoders=[f'semantic={config},{copy},{checkpoint}'])
    assert several.decoders['semantic'].checkpoint == (str(copy), str(checkpoint))
    same = [str(checkpoint), str(copy.parent / '..' / copy.parent.name / copy.name), str(copy)]
    with pytest.raises(UserError, match=f'decoder semantic: the checkpoint {copy} is named twice'):
        load_recipe(recipe_file, options={'decoders.semantic.checkpoint': same})
    with pytest.raises(UserError, match=r'is not NAME=CONFIG,CHECKPOINT'):
        load_recipe(recipe_file, decoders=['semantic=x.py'])
    with pytest.raises(UserError, match=r"the recipe has no decoder 'depth'; it has semantic"):
        load_recipe(recipe_file, decoders=['depth=x.py,y.pth'])


def test_no_recipe(tmp_path):
    with pytest.raises(UserError, match=r'there is no recipe'):
        load_recipe(tmp_path / 'none.py')
    (tmp_path / 'bad.py').write_text('generator = (')
    with pytest.raises(UserError, match=r'cannot be read'):
        load_recipe(tmp_path / 'bad.py')


@pytest.mark.parametrize('path', RECIPES, ids=lambda path: path.stem)
def test_shipped_recipes(path, decoder_files):
    """They are whole but for the decoder, which a person trains."""
    config = Config.fromfile(path).to_dict()
    for decoder in config['decoders'].values():
        assert (path.parents[2] / decoder['config']).is_file()
    files = ','.join(map(str, decoder_files))
    recipe = parse_recipe(config, decoders=[f'{task}={files}' for task in config['decoders']])
    assert recipe.num and (recipe.filters or set(config['decoders']) <= {'depth', 'pose'})  # no score to filter by
    assert load_prompts(path)(0) == recipe.prompts(0)
