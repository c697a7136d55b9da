"""Prompts from templates: functions of the sample id."""

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.prompts.base import build_prompts
from mmdatasetdm.generation.prompts.text import find_classes

VOC = ('cat', 'dog', 'diningtable', 'person', 'sheep', 'bus')


def template(**options):
    return build_prompts(dict(type='template', classes=VOC, **options), seed=options.pop('seed', 0))


def test_a_prompt_is_a_function_of_seed_and_id():
    first, second = template(), template()
    assert [first(i) for i in range(40)] == [second(i) for i in reversed(range(40))][::-1]
    other = build_prompts(dict(type='template', classes=VOC), seed=1)
    assert [first(i).text for i in range(40)] != [other(i).text for i in range(40)]


def test_template_text_and_classes():
    prompts = template(
        templates=('a photo of {classes} {place}',),
        slots=dict(place=('at home',)),
        phrases=dict(diningtable=('dining table',)),
    )
    for i in range(100):
        prompt = prompts(i)
        assert prompt.text.startswith('a photo of a') and prompt.text.endswith(' at home')
        assert find_classes(prompt.text, VOC, prompts.phrases) == prompt.classes


def test_template_mistakes():
    with pytest.raises(UserError, match=r"'a \{thing\}' needs \{classes\}"):
        template(templates=('a {thing}',))
    with pytest.raises(
        UserError, match=r"prompts .type 'template'. has no option 'temples'; known are classes, templates"
    ):
        template(temples=())
    with pytest.raises(UserError, match=r"prompts .type 'template'. needs 'classes'"):
        build_prompts(dict(type='template'), seed=0)
    with pytest.raises(UserError, match=r"prompts.type is 'llm'; known are 'file', 'template', 'toyroom'"):
        build_prompts(dict(type='llm'), seed=0)
