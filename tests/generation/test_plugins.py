"""Kinds of another package: registered outside, named by a recipe's ``custom_imports``, and built like our own."""

import json
import sys

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation import generate, load_recipe
from mmdatasetdm.generation.dataset_info import DatasetInfo, read_dataset
from mmdatasetdm.registry import ANNOTATORS, ENGINES, FILTERS, PROMPT_SOURCES, WRITERS
from tools import export, select_samples

MODULE = '''
from typing import ClassVar, Literal

from mmdatasetdm.generation import (
    Filter, LocalEngine, Prompt, SemanticAnnotator, VocOptions, VocWriter, WriterOptions, checked
)
from mmdatasetdm.registry import ANNOTATORS, ENGINES, FILTERS, PROMPT_SOURCES, WRITERS


@FILTERS.register_module()
@checked
class EvenSamples:
    task: ClassVar[None] = None
    keep: bool = True

    def causes(self, record):
        return [] if self.keep and record.id % 2 == 0 else ['odd']


@PROMPT_SOURCES.register_module('cards')
@checked(frozen=False)
class Cards:
    classes: list[str]
    seed: int = 0

    def __post_init__(self):
        self.phrases, self.identity = {}, dict(classes=self.classes)

    def __call__(self, sample_id):
        name = self.classes[sample_id % len(self.classes)]
        return Prompt(text=f'a card with a {name}', classes=(name,))


@checked
class FlatOptions(VocOptions):
    type: Literal['flat'] = 'flat'


@WRITERS.register_module('flat')
class FlatWriter(VocWriter):
    Options = FlatOptions
    folders = dict(image='images', semantic='masks', depth='depth')


@ANNOTATORS.register_module('opinion')
class Opinion(SemanticAnnotator):
    """Another look at the same features."""


@ENGINES.register_module('announced')
@checked
class Announced(LocalEngine):
    words: str = ''

    def run(self, job, pending, *, pipeline, progress):
        print(self.words, len(pending))
        super().run(job, pending, pipeline=pipeline, progress=progress)
'''


@pytest.fixture
def recipe(tmp_path, monkeypatch, recipe_file):
    (tmp_path / 'another_package.py').write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    path = tmp_path / 'recipe.py'
    path.write_text(f"""
_base_ = {str(recipe_file)!r}
custom_imports = dict(imports=['another_package'], allow_failed_imports=False)
prompts = dict(_delete_=True, type='cards', classes=['chair', 'sofa'])
decoders = dict(opinion={{{{_base_.decoders.semantic}}}})
filters = [dict(type='EvenSamples')]
writer = dict(_delete_=True, type='flat')
engine = dict(type='announced', words='shards to make:')
""")
    return path


def test_every_kind_from_outside(tmp_path, recipe, capsys):
    for name, kind in (('filters', 'EvenSample'), ('prompts', 'card'), ('writer', 'flatt'), ('engine', 'anounced')):
        value = [dict(type=kind)] if name == 'filters' else dict(type=kind)
        with pytest.raises(UserError, match=rf"recipe: {name}.*type is '{kind}'; did you mean '\w+'\?") as error:
            generate(load_recipe(recipe, options={name: value}), tmp_path / 'slip', num=1)
        assert '\n' not in str(error.value)
    with pytest.raises(UserError, match=r"filters\[0\] .type 'EvenSamples'. has no option 'kept'; known are keep"):
        load_recipe(recipe, options=dict(filters=[dict(type='EvenSamples', kept=True)]))
    with pytest.raises(UserError, match=r"the task is 'opinions'; did you mean 'opinion'\?"):
        load_recipe(recipe, options={'decoders.opinions': dict(config='x')})
    dataset = generate(load_recipe(recipe), tmp_path / 'out', num=5, workers=2)
    assert 'shards to make: 2' in capsys.readouterr().out
    assert (dataset.selected, dataset.filters[0]['type']) == (3, 'EvenSamples')
    assert len(list((tmp_path / 'out/images').iterdir())) == len(list((tmp_path / 'out/masks').iterdir())) == 5
    lines = [json.loads(line) for line in (tmp_path / 'out/manifest.jsonl').read_text().splitlines()]
    assert [line['prompt'] for line in lines[:2]] == ['a card with a chair', 'a card with a sofa']
    assert set(lines[0]['decoders']) == {'semantic', 'opinion'}
    assert (dataset.custom_imports, dataset.generator) == (['another_package'], load_recipe(recipe).generator)
    tools_take_the_module(tmp_path, capsys)


def tools_take_the_module(tmp_path, capsys):
    """Filter and layout of the data set are the other package's, which a new process does not know until it is told."""
    out, flat = tmp_path / 'out', ['--custom-imports', 'another_package']
    for tool, options in ((select_samples, ['--where', 'semantic.ignored<=1', '--keep']), (export, ['--to', 'voc'])):
        given = [str(out), *options, *(['--out', str(tmp_path / 'voc')] if tool is export else [])]
        forget()
        assert tool.main(given) == 2
        told = capsys.readouterr().err
        assert told.startswith(
            f'error: give --custom-imports another_package: {out} was made with kinds of other packages'
        )
        assert tool.main([*given, *flat]) == 0
    forget()
    assert export.main([str(tmp_path / 'voc'), '--to', 'flat', '--out', str(tmp_path / 'flat'), *flat]) == 0
    info = read_dataset(tmp_path / 'flat', DatasetInfo)
    assert (info.selected, info.data_prefix['img_path'], info.custom_imports) == (3, 'images', ['another_package'])
    forget()
    assert select_samples.main([str(out), '--filters', str(tmp_path / 'recipe.py'), *flat]) == 0
    forget()
    assert select_samples.main([str(out), '--all', '--custom-imports', 'no_such_package']) == 2
    assert "--custom-imports names 'no_such_package', which cannot be imported" in capsys.readouterr().err


def forget():
    sys.modules.pop('another_package', None)
    for registry in (FILTERS, WRITERS, PROMPT_SOURCES, ANNOTATORS, ENGINES):
        for name in ('EvenSamples', 'flat', 'cards', 'opinion', 'announced'):
            registry.module_dict.pop(name, None)


def test_a_module_that_is_not_there(recipe):
    with pytest.raises(UserError, match='no_such_package') as error:
        load_recipe(recipe, options={'custom_imports': dict(imports=['no_such_package'])})
    assert '\n' not in str(error.value)
