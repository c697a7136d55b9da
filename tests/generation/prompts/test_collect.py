"""What is left out of a collection of prompts, and why."""

from mmdatasetdm.generation.prompts.collect import PromptCollection


def test_each_prompt_once_named_and_short():
    collection = PromptCollection(classes=('cat', 'sofa'), phrases=dict(sofa=['couch']), max_words=120)
    assert collection.add_text('Two cats on a  couch', name='cat') is None
    assert collection.add_text('two cats, on a couch.', name='cat') == 'is there already'
    assert collection.add_text('a couch', name='cat') == 'does not name cat'
    assert collection.add_text('a yak') == 'names no class'
    assert collection.add_text('a cat ' * 50) == 'is longer than what the text encoder reads'
    collection.max_words = 3
    assert collection.add_text('a cat on a mat') == 'has more than 3 words (--max-words)'
    assert [(prompt.text, prompt.classes) for prompt in collection.prompts] == [
        ('Two cats on a couch', ('cat', 'sofa'))
    ]
