"""What is ignored, weights that are not finite, tokenizers, and classes that model, names and data disagree on."""

import functools
import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from tests.bad_input.case import Case
from tests.conftest import save_toy_generator

CLASSES = ('background', 'person', 'chair')
DECODER = """
custom_imports = dict(imports=['mmdatasetdm'])
default_scope = 'mmseg'
model = dict(
    type='mmdatasetdm.DiffusionSegmentor',
    data_preprocessor=dict(type='SegDataPreProcessor', mean=[127.5] * 3, std=[127.5] * 3, size=(64, 64)),
    backbone=dict(type='mmdatasetdm.DiffusionFeatureBackbone', generator={generator!r}, timestep=1,
                  class_phrases=['person', 'chair'], cache=None),
    decode_head=dict(type='mmdatasetdm.PixelClassifierHead', num_classes=3, phrase_classes=[1, 2],
                     pixel_decoder=dict(type='mmdatasetdm.PixelDecoder', feat_channels=16),
                     loss=dict(type='mmdatasetdm.PixelCriterion')),
    test_cfg=dict(mode='whole'))
"""
TRAINING = """
data = dict(
    type='BaseSegDataset', data_root={root!r}, data_prefix=dict(img_path='images', seg_map_path='masks'),
    metainfo=dict(classes=('background', 'person', 'chair')), img_suffix='.png', seg_map_suffix='.png',
    pipeline=[dict(type='LoadImageFromFile'), dict(type='LoadAnnotations'),
              dict(type='mmdatasetdm.PresentClasses', classes=['background', 'person', 'chair']),
              dict(type='PackSegInputs', meta_keys=('img_path', 'ori_shape', 'img_shape', 'present_classes'))])
train_dataloader = dict(batch_size=2, num_workers=0, sampler=dict(type='InfiniteSampler'), dataset=data)
train_cfg = dict(type='IterBasedTrainLoop', max_iters=1)
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.01))
"""
RECIPE = """
generator = {generator!r}
sampler = dict(scheduler='DDIMScheduler', steps=1, height=64, width=64)
prompts = dict(type='template', classes=['person', 'chair'], templates=['a room with {{classes}}'])
decoders = dict({task}=dict(config={config!r}, checkpoint={checkpoint!r}{options}))
num = 1
"""


@functools.cache
def shared() -> tempfile.TemporaryDirectory:
    """A generator and the checkpoint of a decoder, for all cases; deleted at the end of the process."""
    folder = tempfile.TemporaryDirectory()
    root = Path(folder.name)
    generator = save_toy_generator(root / 'generator')
    (root / 'decoder.py').write_text(DECODER.format(generator=str(generator)))
    from mmengine.config import Config
    from mmengine.registry import init_default_scope

    import mmdatasetdm.models  # noqa: F401
    from mmdatasetdm.registry import MODELS

    init_default_scope('mmseg')
    model = MODELS.build(Config.fromfile(root / 'decoder.py').model)
    torch.save(dict(state_dict=model.state_dict(), meta=dict(dataset_meta=dict(classes=CLASSES))), root / 'decoder.pth')
    return folder


def generate(
    folder: Path,
    *,
    generator: Path | None = None,
    checkpoint: Path | None = None,
    task: str = 'semantic',
    options: str = '',
    model: Sequence[tuple[str, str]] = (),
) -> list:
    """A recipe in ``folder`` and the arguments that run it; ``model``: changes of the decoder's config."""
    root = Path(shared().name)
    config = DECODER.format(generator=str(root / 'generator'))
    for old, new in model:
        assert old in config
        config = config.replace(old, new)
    (folder / 'decoder.py').write_text(config)
    recipe = RECIPE.format(
        generator=str(generator or root / 'generator'),
        task=task,
        config=str(folder / 'decoder.py'),
        checkpoint=str(checkpoint or root / 'decoder.pth'),
        options=options and f', {options}',
    )
    (folder / 'recipe.py').write_text(recipe)
    return [folder / 'recipe.py', '--out', folder / 'out']


def train(folder: Path, *changes: tuple[str, str]) -> list:
    """A training in ``folder`` with changes of its config."""
    for name in ('images', 'masks'):
        (folder / name).mkdir()
        values = np.zeros((64, 64, 3) if name == 'images' else (64, 64), np.uint8)
        values[:32] = 1
        Image.fromarray(values).save(folder / name / 'a.png')
    config = DECODER.format(generator=str(Path(shared().name) / 'generator')) + TRAINING.format(root=str(folder))
    for old, new in changes:
        assert old in config
        config = config.replace(old, new)
    (folder / 'config.py').write_text(config)
    return [folder / 'config.py', '--work-dir', folder / 'work']


def options(task: str, text: str) -> Callable[[Path], list]:
    return lambda folder: generate(folder, task=task, options=text)


def decoder(*changes: tuple[str, str]) -> Callable[[Path], list]:
    return lambda folder: generate(folder, model=changes)


def training(*changes: tuple[str, str]) -> Callable[[Path], list]:
    return lambda folder: train(folder, *changes)


def damaged(damage: Callable[[Path], None]) -> Callable[[Path], list]:
    """A copy of the generator with something done to it."""

    def write(folder: Path) -> list:
        copy = shutil.copytree(Path(shared().name) / 'generator', folder / 'generator')
        damage(copy)
        return generate(folder, generator=copy)

    return write


def weights(part: str, stem: str, value: float) -> Callable[[Path], None]:
    def spoil(generator: Path) -> None:
        path = generator / part / f'{stem}.safetensors'
        tensors = load_file(path)
        list(tensors.values())[-1].view(-1)[0] = value
        save_file(tensors, path, metadata={'format': 'pt'})

    return spoil


def tokenizer(change: Callable[[dict], None]) -> Callable[[Path], None]:
    def spoil(generator: Path) -> None:
        path = generator / 'tokenizer/tokenizer.json'
        settings = json.loads(path.read_text())
        change(settings['model'])
        path.write_text(json.dumps(settings))

    return spoil


def checkpoint(change: Callable[[dict], None]) -> Callable[[Path], list]:
    """The decoder's checkpoint with something done to it."""

    def write(folder: Path) -> list:
        stored = torch.load(Path(shared().name) / 'decoder.pth', weights_only=True)
        change(stored)
        torch.save(stored, folder / 'spoilt.pth')
        return generate(folder, checkpoint=folder / 'spoilt.pth')

    return write


def last_weight(value: float) -> Callable[[dict], None]:
    def spoil(stored: dict) -> None:
        list(stored['state_dict'].values())[-1].view(-1)[0] = value

    return spoil


DEPTH = 'recipe: decoders.depth.ignore'
PHRASES = "class_phrases=['person', 'chair']"
CASES = [
    Case('depth step 0', 'generate', options('depth', 'ignore=dict(step=0)'), (f'{DEPTH}.step is 0', 'more than 0')),
    Case('depth spread', 'generate', options('depth', "ignore=dict(spread='x')"), (f'{DEPTH}.spread', 'a number')),
    Case('depth below 0', 'generate', options('depth', 'ignore=dict(nearest=-1)'), (f'{DEPTH}.nearest', '0 or more')),
    Case(
        'depth range',
        'generate',
        options('depth', 'ignore=dict(nearest=3, farthest=2)'),
        (DEPTH, 'farthest 2 must be more than nearest 3'),
    ),
    Case('depth key', 'generate', options('depth', 'ignore=dict(far=2)'), (DEPTH, "no option 'far'", 'farthest')),
    Case('depth no dict', 'generate', options('depth', 'ignore=3'), (DEPTH, 'a dict(')),
    Case(
        'score of crowds',
        'generate',
        options('instance', 'ignore_score=1.5'),
        ('decoders.instance.ignore_score is 1.5', '1 or less'),
    ),
    Case('score of crowds is text', 'generate', options('instance', "ignore_score='no'"), ('ignore_score', 'a number')),
    Case(
        'no tokenizer',
        'generate',
        damaged(lambda generator: shutil.rmtree(generator / 'tokenizer')),
        ('tokenizer/ has neither', 'copy it anew'),
    ),
    Case(
        'empty tokenizer',
        'generate',
        damaged(lambda generator: (generator / 'tokenizer/tokenizer.json').unlink()),
        ('tokenizer/ has neither', 'copy it anew'),
    ),
    Case(
        "another generator's tokenizer",
        'generate',
        damaged(tokenizer(lambda model: model['vocab'].update({f'w{i}</w>': 1000 + i for i in range(300)}))),
        ('its tokenizer has', 'its text encoder'),
    ),
    Case(
        'tokenizer without merges',
        'generate',
        damaged(tokenizer(lambda model: model.update(merges=model['merges'][:7]))),
        ('its tokenizer has 7 of', 'merges'),
    ),
    *(
        Case(
            f'{part} of {value}',
            'generate',
            damaged(weights(part, stem, value)),
            ('is damaged, copy it anew', f"{part}'s", 'is not finite'),
        )
        for part, stem, value in (
            ('unet', 'diffusion_pytorch_model', torch.nan),
            ('vae', 'diffusion_pytorch_model', torch.nan),
            ('vae', 'diffusion_pytorch_model', torch.inf),
            ('text_encoder', 'model', torch.nan),
        )
    ),
    Case('decoder of NaN', 'generate', checkpoint(last_weight(torch.nan)), ('spoilt.pth', 'is not finite')),
    Case('infinite decoder', 'generate', checkpoint(last_weight(-torch.inf)), ('spoilt.pth', 'is not finite')),
    Case(
        'decoder with a name too few',
        'generate',
        checkpoint(lambda stored: stored['meta']['dataset_meta'].update(classes=CLASSES[:2])),
        ('names 2 classes', 'is 3'),
    ),
    Case(
        'an id too many for the phrases',
        'generate',
        decoder(('phrase_classes=[1, 2]', 'phrase_classes=[0, 1, 2]')),
        ('phrase_classes', '3 class ids', '2 names'),
    ),
    Case(
        'an id beyond the classes',
        'generate',
        decoder(('phrase_classes=[1, 2]', 'phrase_classes=[1, 3]')),
        ('phrase_classes is [1, 3] with 3 classes',),
    ),
    Case(
        'a phrase that the prompt has not',
        'generate',
        decoder((PHRASES, f"prompt='a chair', {PHRASES}")),
        ('class_phrases person are not in the prompt', 'put them into it'),
    ),
    Case(
        'a phrase inside of another alone',
        'generate',
        decoder((PHRASES, "prompt='dining table', class_phrases=['table', 'dining table']")),
        ('class_phrases table are not in the prompt',),
    ),
    Case(
        'a sentence that is cut',
        'generate',
        decoder((PHRASES, f"prompt='{'a ' * 40}person and a chair', {PHRASES}")),
        ('leave prompt out, and they are read in groups',),
    ),
    Case(
        'more classes than names',
        'train',
        training(('num_classes=3', 'num_classes=12')),
        ('model.decode_head has 12 classes', 'have 3 (background, person, chair)', 'num_classes'),
    ),
    Case(
        'fewer classes than names',
        'train',
        training(("classes=('background', 'person', 'chair')", "classes=('background', 'person', 'chair', 'sofa')")),
        ('model.decode_head has 3 classes', 'have 4'),
    ),
    Case(
        'phrases in another order than their ids',
        'train',
        training(('phrase_classes=[1, 2]', 'phrase_classes=[2, 1]')),
        ("phrase 'person' is of class 2", "which is 'chair'"),
    ),
    Case(
        'names that are not in a prompt',
        'train',
        training(('cache=None', "cache=None, prompt_template='a {classes}', class_prompts=dict(chair='seat')")),
        ("phrase 'chair' is of class 2", "'seat' in a prompt", 'class_prompts'),
    ),
    Case(
        'a transform with other names',
        'train',
        training(("classes=['background', 'person', 'chair']", "classes=['background', 'chair', 'person']")),
        ('PresentClasses', 'background, chair, person', 'same order'),
    ),
    Case(
        'class weights of another number',
        'train',
        training(
            (
                "type='mmdatasetdm.PixelClassifierHead', num_classes=3, phrase_classes=[1, 2],\n                     "
                "pixel_decoder=dict(type='mmdatasetdm.PixelDecoder', feat_channels=16),\n                     "
                "loss=dict(type='mmdatasetdm.PixelCriterion')",
                "type='FCNHead', in_channels=24, in_index=0, channels=8, num_classes=3, norm_cfg=dict(type='BN'), "
                "loss_decode=dict(type='mmdatasetdm.WeightedCrossEntropyLoss', class_weight=[1, 1])",
            ),
            ("type='mmdatasetdm.DiffusionSegmentor'", "type='EncoderDecoder'"),
        ),
        ('loss_decode has 2 class weights', '3 classes need 3'),
    ),
]
