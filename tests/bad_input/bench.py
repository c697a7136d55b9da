"""Wrong inputs of tools/bench.py."""

from tests.bad_input.case import Case

STOCK = 'configs/mask2former/mask2former_r18_1xb8-2k_toyroom-real-128x128.py'
CPU = ('--device', 'cpu', '--batch', '1', '--repeats', '1')
CASES = [
    Case('no command', 'bench', [], ('required: command',)),
    Case('another command', 'bench', ['fly'], ("invalid choice: 'fly'", 'annotate')),
    Case('no such device', 'bench', ['annotate', '--device', 'tpu'], ("no device 'tpu'", 'cuda')),
    Case('a GPU too many', 'bench', ['annotate', '--device', 'cuda:99'], ("device 'cuda:99'",)),
    Case('no images', 'bench', ['annotate', '--batch', '0'], ("'0' is not a positive whole number",)),
    Case('half an image', 'bench', ['features', '--batch', '0.5'], ("'0.5' is not a positive whole number",)),
    Case('no repeats', 'bench', ['sample', '--repeats', '-1'], ("'-1' is not a positive whole number",)),
    Case('no steps', 'bench', ['sample', '--steps', '0'], ("'0' is not a positive whole number",)),
    Case('steps without end', 'bench', ['sample', '--steps', '99999', *CPU], ('steps', '1 to 1000', '99999')),
    Case('no such scheduler', 'bench', ['sample', '--scheduler', 'DDIN', *CPU], ("'DDIN'", 'DDIMScheduler')),
    Case('guidance that is no number', 'bench', ['sample', '--guidance', 'nan'], ("'nan' is not a finite number",)),
    Case('no such generator', 'bench', ['features', '--generator', './no', *CPU], ("generator folder './no'",)),
    Case(
        'a generator without files',
        'bench',
        lambda folder: ['annotate', '--generator', str(folder), *CPU],
        ('is not a diffusers folder', 'model_index.json'),
    ),
    Case('random weights cannot sample', 'bench', ['sample', '--generator', 'sd15', *CPU], ("'sd15'", 'toyroom')),
    Case('no such config', 'bench', ['decoder', '--config', 'nothing.py'], ('--config nothing.py', 'no such file')),
    Case('the config of a stock model', 'bench', ['decoder', '--config', STOCK], ('not that of a decoder',)),
    Case('no steps of the decoder', 'bench', ['decoder', '--repeats', '0'], ('not a positive whole number',)),
    Case('an option without value', 'bench', ['decoder', '--cfg-options', 'seed'], ("'seed'", 'KEY=VALUE')),
    Case(
        'an option that is not there', 'bench', ['decoder', '--cfg-options', 'modle.x=1'], ('has no `modle`', 'model')
    ),
    Case('no generator of the decoder', 'bench', ['decoder', '--generator', './no'], ("generator folder './no'",)),
]
