"""Wrong inputs of tools/benchmark.py."""

from tests.bad_input.case import Case

STOCK = 'configs/mask2former/mask2former_r18_1xb8-2k_toyroom-real-128x128.py'
CPU = ('--device', 'cpu', '--batch', '1', '--repeats', '1')
CASES = [
    Case('no command', 'benchmark', [], ('required: command',)),
    Case('another command', 'benchmark', ['fly'], ("invalid choice: 'fly'", 'annotate')),
    Case('no such device', 'benchmark', ['annotate', '--device', 'tpu'], ("no device 'tpu'", 'cuda')),
    Case('a GPU too many', 'benchmark', ['annotate', '--device', 'cuda:99'], ("device 'cuda:99'",)),
    Case('no images', 'benchmark', ['annotate', '--batch', '0'], ("'0' is not a positive whole number",)),
    Case('half an image', 'benchmark', ['features', '--batch', '0.5'], ("'0.5' is not a positive whole number",)),
    Case('no repeats', 'benchmark', ['sample', '--repeats', '-1'], ("'-1' is not a positive whole number",)),
    Case('no steps', 'benchmark', ['sample', '--steps', '0'], ("'0' is not a positive whole number",)),
    Case('steps without end', 'benchmark', ['sample', '--steps', '99999', *CPU], ('steps', '1 to 1000', '99999')),
    Case('no such scheduler', 'benchmark', ['sample', '--scheduler', 'DDIN', *CPU], ("'DDIN'", 'DDIMScheduler')),
    Case('guidance that is no number', 'benchmark', ['sample', '--guidance', 'nan'], ("'nan' is not a finite number",)),
    Case('no such generator', 'benchmark', ['features', '--generator', './no', *CPU], ("generator folder './no'",)),
    Case(
        'a generator without files',
        'benchmark',
        lambda folder: ['annotate', '--generator', str(folder), *CPU],
        ('is not a diffusers folder', 'model_index.json'),
    ),
    Case('random weights cannot sample', 'benchmark', ['sample', '--generator', 'sd15', *CPU], ("'sd15'", 'toyroom')),
    Case('no such published generator', 'benchmark', ['generators', '--names', 'sd9'], ("'sd9'", 'sdxl')),
    Case('no such config', 'benchmark', ['decoder', '--config', 'nothing.py'], ('--config nothing.py', 'no such file')),
    Case('the config of a stock model', 'benchmark', ['decoder', '--config', STOCK], ('not that of a decoder',)),
    Case('no steps of the decoder', 'benchmark', ['decoder', '--repeats', '0'], ('not a positive whole number',)),
    Case('an option without value', 'benchmark', ['decoder', '--cfg-options', 'seed'], ("'seed'", 'KEY=VALUE')),
    Case(
        'an option that is not there',
        'benchmark',
        ['decoder', '--cfg-options', 'modle.x=1'],
        ('has no `modle`', 'model'),
    ),
    Case('no generator of the decoder', 'benchmark', ['decoder', '--generator', './no'], ("generator folder './no'",)),
]
