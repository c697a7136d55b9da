"""DeepFloyd IF and its later stages: a decoder reads the first stage, images and labels have the size of the last."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from mmengine.config import Config
from PIL import Image

import mmdatasetdm.models  # noqa: F401
from mmdatasetdm.apis import DatasetDMInferencer
from mmdatasetdm.diffusion import DiffusionModel
from mmdatasetdm.diffusion.upscalers import Upscaler, fingerprint_of
from mmdatasetdm.errors import UserError
from mmdatasetdm.generation import generate, load_recipe
from mmdatasetdm.generation.cascade import Cascade
from mmdatasetdm.generation.dataset_info import DatasetInfo, read_dataset
from mmdatasetdm.generation.recipe import Sampler, UpscalerOptions
from mmdatasetdm.generation.seeds import sample_seed
from mmdatasetdm.generation.sources import FolderSource, to_uint8
from mmdatasetdm.generation.start import device_for, drawn_sizes, size_of_models, start_line
from mmdatasetdm.generation.storage import shards
from mmdatasetdm.registry import MODELS
from mmdatasetdm.visualization.page import summary
from tests.diffusion.families.folders import save
from tests.diffusion.families.test_families import DECODER, RECIPE
from tests.diffusion.upscalers.folders import save_upscaler
from tests.generation.conftest import PIXELS, contents, manifest, run_and_be_killed


@pytest.fixture(scope='module')
def place(tmp_path_factory):
    """The folders of the stages, a decoder of the first one, and recipes of the first stage alone and of all."""
    root = tmp_path_factory.mktemp('cascade')
    first = save('deepfloyd_if', root / 'first')
    save_upscaler('deepfloyd_if', root / 'second')
    save_upscaler('stable_diffusion', root / 'third')
    (root / 'decoder.py').write_text(DECODER.format(generator=str(first), pixels=PIXELS))
    torch.manual_seed(0)
    model = MODELS.build(Config.fromfile(root / 'decoder.py').model)
    meta = dict(dataset_meta=dict(classes=('background', 'chair', 'sofa'), palette=[[0, 0, 0], [9, 0, 0], [0, 9, 0]]))
    torch.save(dict(state_dict=model.state_dict(), meta=meta), root / 'decoder.pth')
    files = dict(generator=str(first), config=str(root / 'decoder.py'), checkpoint=str(root / 'decoder.pth'))
    (root / 'plain.py').write_text(RECIPE.format(side=16, **files))
    (root / 'recipe.py').write_text(f"""
_base_ = './plain.py'
sampler = dict(upscalers=[
    dict(source={str(root / 'second')!r}, steps=3, guidance=2.0, noise_level=40),
    dict(source={str(root / 'third')!r}, steps=2, guidance=1.0)])
writer = dict(type='voc', keep_latents=True, image_format='png')
""")
    return root


@pytest.fixture(scope='module')
def made(place):
    out = place / 'whole'
    generate(load_recipe(place / 'recipe.py'), out, num=3)
    return out


def labels_of(root, name):
    return np.array(Image.open(root / 'SegmentationClass' / f'{name}.png'))


def test_images_and_labels_have_the_size_of_the_last_stage(place, made):
    for line in manifest(made):
        image = np.array(Image.open(made / line['files']['image']))
        assert image.shape == (256, 256, 3) and labels_of(made, line['name']).shape == (256, 256)
        assert line['size'] == [256, 256]
    latents = np.load(made / 'latents/00000.npz')['latents']
    assert latents.shape == (2, 3, 16, 16), 'the decoder reads the first stage'
    # each stage draws from what the one before it made, from a seed of its own
    recipe, line = load_recipe(place / 'recipe.py'), manifest(made)[1]
    generator = DiffusionModel.load(recipe.generator)
    small = generator.decode_latents(torch.from_numpy(latents[1:]).float())
    for number, options in enumerate(recipe.sampler.upscalers):
        small = Upscaler.load(options.source, device=generator.device, dtype=generator.dtype)(
            small,
            [line['prompt']],
            seeds=[sample_seed(3, 1, f'upscaler {number}')],
            steps=options.steps,
            guidance=options.guidance,
            noise_level=options.noise_level,
            encode_text=generator.encode_text,
        )
    image = np.array(Image.open(made / line['files']['image'])).astype(int)
    assert np.abs(image - to_uint8(small)[0]).max() <= 1


@pytest.mark.skipif(torch.cuda.is_available(), reason='of a machine without a GPU')
def test_the_drawn_size_is_known_before_anything_is_loaded(place, made):
    recipe = load_recipe(place / 'recipe.py')
    assert drawn_sizes(recipe) == [(16, 16), (32, 32), (256, 256)]
    assert summary(read_dataset(made, DatasetInfo)).startswith(
        f'3 images of 3 classes by generator {recipe.generator} ('
    )
    assert '16x16, enlarged to 32x32, enlarged to 256x256 pixels' in start_line(recipe, device='cpu', workers=1)
    assert device_for(recipe, None) == 'cpu'
    larger = load_recipe(place / 'recipe.py', options={'sampler.height': 32, 'sampler.width': 48})
    assert drawn_sizes(larger) == [(32, 48), (32, 48), (256, 384)]
    twice = [*larger.sampler.upscalers, larger.sampler.upscalers[1]]
    with pytest.raises(UserError, match=r'each image of 3072 pixels by .*first. takes minutes: .*--device cpu'):
        device_for(replace(larger, sampler=replace(larger.sampler, upscalers=tuple(twice))), None)
    assert size_of_models(recipe) > size_of_models(load_recipe(place / 'plain.py'))


def test_it_belongs_to_the_identity_only_where_it_is_set(place, made, tmp_path):
    generate(load_recipe(place / 'plain.py'), tmp_path / 'plain', num=1)
    recipes = [json.loads((out / 'recipe.json').read_text())['identity'] for out in (made, tmp_path / 'plain')]
    assert 'upscalers' not in recipes[1]['sampler'] and 'upscalers' not in manifest(tmp_path / 'plain')[0]['sampler']
    second = dict(source=fingerprint_of(str(place / 'second')), steps=3, guidance=2.0, noise_level=40)
    assert recipes[0]['sampler']['upscalers'][0] == second
    assert manifest(made)[0]['sampler'] == recipes[0]['sampler']
    # the folder may lie elsewhere, but must hold the same
    moved = shutil.copytree(place / 'second', tmp_path / 'moved')
    text = (place / 'recipe.py').read_text().replace(str(place / 'second'), str(moved)).replace("'./", f"'{place}/")
    (tmp_path / 'recipe.py').write_text(text)
    shutil.copytree(made, tmp_path / 'again')
    generate(load_recipe(tmp_path / 'recipe.py'), tmp_path / 'again', num=3)
    (tmp_path / 'recipe.py').write_text(text.replace('noise_level=40', 'noise_level=50'))
    with pytest.raises(UserError, match=r'of another recipe \(sampler.upscalers '):
        generate(load_recipe(tmp_path / 'recipe.py'), tmp_path / 'again', num=3)


def test_killed_and_resumed(place, tmp_path, one_thread):
    """Killed while the second stage of the second shard begins, then while that shard is written."""
    recipe, out = load_recipe(place / 'recipe.py'), tmp_path / 'out'
    generate(recipe, tmp_path / 'whole', num=3)
    for owner, name, call in ((Upscaler, '__call__', 4), (shards, 'write_bytes', 2)):
        run_and_be_killed(lambda: generate(recipe, out, num=3), owner=owner, name=name, call=call)
        assert len(list(out.glob('shards/[0-9]*.json'))) == 1
    generate(recipe, out, num=3)
    assert contents(out) == contents(tmp_path / 'whole')


@pytest.mark.parametrize('kept', [True, False], ids=['latents', 'images'])
def test_labelled_again_as_the_decoder_reads_it(place, made, tmp_path, kept):
    """From the latents, or from images made as small as the generator draws them; in the size of the images."""
    origin = shutil.copytree(made, tmp_path / 'origin')
    if not kept:  # as if latents had never been kept
        shutil.rmtree(origin / 'latents')
        for path in (origin / 'shards').glob('*.json'):
            marker = json.loads(path.read_text())
            marker['files'] = {name: facts for name, facts in marker['files'].items() if 'latents' not in name}
            path.write_text(json.dumps(marker))
    generate(load_recipe(place / 'plain.py'), tmp_path / 'out', relabel=origin)
    for line in manifest(tmp_path / 'out'):
        assert line['size'] == [256, 256] and labels_of(tmp_path / 'out', line['name']).shape == (256, 256)
        if kept:
            assert np.array_equal(labels_of(made, line['name']), labels_of(tmp_path / 'out', line['name']))
    generator = DiffusionModel.load(place / 'first')
    source = FolderSource(root=origin, generator=generator, shard_size=2)
    assert source.batch([0, 1]).latents.shape == (2, 3, 16, 16)


def test_the_inferencer_draws_all_stages(place):
    inferencer = DatasetDMInferencer(decoders=place / 'recipe.py', device='cpu', show_progress=False)
    (found,) = inferencer(prompts='a room with a chair')['predictions']
    assert found.image.shape == (256, 256, 3) and found.semantic.shape == (256, 256)


@pytest.mark.parametrize(
    ('stages', 'message'),
    [
        ('second', r"sampler.upscalers is 'second'; it must be a list of dict"),
        (['second'], r"sampler.upscalers is \['second'\]; it must be a list of dict"),
        ([dict(steps=3)], r"sampler.upscalers\[0\] needs 'source'"),
        ([dict(source='{second}', step=3)], r"sampler.upscalers\[0\] has no option 'step'"),
        ([dict(source='{second}', noise_level=-1)], r'sampler.upscalers\[0\].noise_level is -1; it must be 0 or more'),
        ([dict(source='{second}', noise_level=1000)], r'sampler.upscalers\[0\]: noise_level .* 0 to 999, not 1000'),
        ([dict(source='{third}', steps=2000)], r'sampler.upscalers\[0\]: steps .* 1 to 1000, not 2000'),
        ([dict(source='{second}')] * 2, r'upscalers\[1\]: it enlarges nothing: 32 x 32 pixels become 32 x 32'),
        ([dict(source='{third}')] * 4, r'upscalers\[3\]: images of 65536 x 65536 pixels; a side may have 8192'),
        ([dict(source='{first}')], r'makes? no upscaler of a supported family'),
        ([dict(source='./nowhere')], r"there is no upscaler folder './nowhere'"),
    ],
)
def test_mistakes_are_one_line(place, tmp_path, stages, message):
    if isinstance(stages, list):
        folders = {name: str(place / name) for name in ('first', 'second', 'third')}
        stages = [
            {key: value.format(**folders) if isinstance(value, str) else value for key, value in stage.items()}
            if isinstance(stage, dict)
            else stage
            for stage in stages
        ]
    recipe = tmp_path / 'recipe.py'
    recipe.write_text(f'_base_ = {str(place / "plain.py")!r}\nsampler = dict(upscalers={stages!r})\n')
    with pytest.raises(UserError, match=message) as error:
        generate(load_recipe(recipe), tmp_path / 'out', num=1)
    assert '\n' not in str(error.value) and not (tmp_path / 'out' / 'recipe.json').exists()


def test_a_stage_that_reads_another_text(place, tmp_path):
    sampler = Sampler(upscalers=(UpscalerOptions(source=str(place / 'second')),))
    with pytest.raises(UserError, match=r'upscalers\[0\]: it reads the text of its own first stage, 32 numbers'):
        Cascade(generator=DiffusionModel.load(save('sd2', tmp_path)), sampler=sampler, seed=0)
