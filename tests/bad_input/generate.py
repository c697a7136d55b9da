"""Wrong inputs of tools/generate.py."""

from tests.bad_input.case import Case

RECIPE = 'configs/generate/toyroom_semantic.py'
CASES = [
    Case('no such recipe', 'generate', ['configs/generate/nothing.py', '--out', 'x'], ('no recipe', 'nothing.py')),
    Case('a negative price', 'generate', [RECIPE, '--out', 'x', '--price', '-1'], ('--price is -1', '0 or more')),
    Case('no recipe', 'generate', ['--out', 'x'], ('which recipe?', 'configs/generate')),
    Case(
        'upscalers that are no list',
        'generate',
        [RECIPE, '--out', 'x', '--cfg-options', 'sampler.upscalers=large'],
        ("sampler.upscalers is 'large'", 'dict(source='),
    ),
    Case('no samples', 'generate', [RECIPE, '--out', 'x', '--num', '0'], ('--num is 0', '1 or more')),
]
