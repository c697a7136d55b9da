"""Shards: whole or not at all, and their files noted with size and checksum."""

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.records import SampleRecord
from mmdatasetdm.generation.scores import Scores
from mmdatasetdm.generation.storage.plan import Plan
from mmdatasetdm.generation.storage.shards import ShardStore

INFO = dict(seconds=dict(sample=1.0), workers=1, device='CPU', code='0')


def sample(index: int) -> SampleRecord:
    return SampleRecord(
        id=index,
        name=f'{index:08d}',
        prompt='a cat',
        classes=[],
        files=dict(image=f'images/{index}.png'),
        failed=None,
        scores=Scores(),
        seed=0,
        sampler={},
        generator='0',
    )


@pytest.fixture
def store(tmp_path):
    store = ShardStore(tmp_path)
    stage = store.begin(Plan(num=4, shard_size=2)[1])
    for index in (2, 3):
        stage.write(f'images/{index}.png', b'%d' % index)
    assert not (tmp_path / 'images').exists() and not store.begun()
    stage.commit([sample(2), sample(3)], info=INFO)
    return store


def test_commit(store, tmp_path):
    plan = Plan(num=4, shard_size=2)
    assert (tmp_path / 'images/3.png').read_bytes() == b'3' and not list(store.folder.glob('tmp-*'))
    assert [shard.index for shard in store.pending(plan)] == [0] and store.is_done(plan[1], checksums=True)
    assert [record.id for record in store.samples([plan[1]])] == [2, 3]


def test_a_changed_file_undoes_its_shard(store, tmp_path):
    shard = Plan(num=4, shard_size=2)[1]
    (tmp_path / 'images/3.png').write_bytes(b'x')  # of the same size
    assert store.is_done(shard) and not store.is_done(shard, checksums=True)
    (tmp_path / 'images/3.png').unlink()
    assert not store.is_done(shard)


def test_a_linked_file_must_be_the_one_that_was_noted(store, tmp_path):
    known = store.read(1).files['images/3.png']
    other = ShardStore(tmp_path / 'other')
    stage = other.begin(Plan(num=4, shard_size=2)[1])
    stage.link('images/3.png', tmp_path / 'images/3.png', known=known)
    (tmp_path / 'images/2.png').write_bytes(b'?')
    with pytest.raises(UserError, match='was changed or damaged'):
        stage.link('images/2.png', tmp_path / 'images/2.png', known=store.read(1).files['images/2.png'])
    stage.discard()
    assert not list(other.folder.iterdir())
