"""What is shipped is the last checkpoint of its config."""

import torch

from mmdatasetdm.engine.checkpoints import read_checkpoint
from projects.toyroom.decoders import make


def test_a_trained_decoder_is_written_and_not_trained_again(tmp_path):
    folder = tmp_path / 'work' / 'depth'
    folder.mkdir(parents=True)
    state, meta = {'weight': torch.tensor([0.5])}, dict(iter=500, seed=0, dataset_meta={})
    torch.save(dict(state_dict=state, meta=meta, optimizer={}), folder / 'iter_500.pth')
    path = make('depth', work=tmp_path / 'work', out=tmp_path / 'out')
    assert path == tmp_path / 'out/depth.safetensors'
    assert torch.equal(read_checkpoint(path)['state_dict']['weight'], state['weight'])
