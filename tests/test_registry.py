"""Types of this package are found from every OpenMMLab library's registry."""

import importlib

import pytest

from mmdatasetdm import registry

REGISTRIES = [value for value in vars(registry).values() if isinstance(value, registry.Registry)]


@pytest.mark.parametrize('one', REGISTRIES, ids=lambda one: one.name)
def test_every_registry_finds_its_kinds(one):
    """What OpenMMLab has too is a child of mmengine's registry; a recipe's kinds and the families are ours alone."""
    assert one.scope == 'mmdatasetdm'
    if one.parent is not None:
        assert one.parent.scope == 'mmengine'
        assert one.parent.children['mmdatasetdm'] is one
    for location in one._locations:
        importlib.import_module(location)


@pytest.mark.parametrize(
    'name, kinds',
    [
        ('PROMPT_SOURCES', {'template', 'file', 'toyroom'}),
        ('ANNOTATORS', {'semantic', 'instance', 'depth', 'pose'}),
        ('FILTERS', {'ClassRecall', 'InstanceRecall', 'InstanceCount', 'KeypointConfidence', 'LabelAgreement'}),
        ('WRITERS', {'voc', 'coco', 'cityscapes'}),
        ('ENGINES', {'local'}),
    ],
)
def test_kinds_of_a_recipe(name, kinds):
    one = getattr(registry, name)
    assert one.scope == 'mmdatasetdm' and one.parent is None
    one.import_from_location()
    assert kinds <= set(one.module_dict)


@pytest.mark.parametrize('library', ['mmengine', 'mmseg', 'mmdet'])
@pytest.mark.parametrize(
    'name, kind', [('DiffusionFeatureBackbone', 'MODELS'), ('PDecoderHead', 'MODELS'), ('SyntheticDataset', 'DATASETS')]
)
def test_the_names_in_configs_are_found_from_any_library(library, name, kind):
    found = getattr(importlib.import_module(f'{library}.registry'), kind).get(f'mmdatasetdm.{name}')
    assert found.__name__ == name
    assert found.__module__.startswith('mmdatasetdm.')
