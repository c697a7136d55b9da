"""A real Ray cluster of several nodes on this machine, one of them killed in the middle of its work."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation import generate, load_recipe
from mmdatasetdm.generation.engines.ray import RayEngine
from tests.generation.conftest import contents
from tests.generation.engines.test_pool import Notes
from tests.generation.engines.workers import Files

ray = pytest.importorskip('ray', reason='ray is not installed')
NODE = dict(num_cpus=1, object_store_memory=80 * 2**20)


@pytest.fixture(scope='module')
def cluster():
    """A head that works on nothing, and two nodes of one core; a lost node is noticed within seconds."""
    from ray.cluster_utils import Cluster

    quick = dict(health_check_initial_delay_ms=0, health_check_period_ms=1000, health_check_failure_threshold=10)
    head = dict(NODE, num_cpus=0, include_dashboard=False, _system_config=quick)
    made = Cluster(initialize_head=True, head_node_args=head)
    made.workers = [made.add_node(**NODE) for _ in range(2)]
    yield made
    ray.shutdown()
    made.shutdown()


def kill_a_node(cluster, when) -> threading.Thread:
    """Kill the first of the nodes as soon as ``when`` says so."""

    def wait() -> None:
        while not when():
            time.sleep(0.05)
        cluster.remove_node(cluster.workers.pop(0), allow_graceful=False)

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def shards(count: int) -> list[SimpleNamespace]:
    """Shards that workers know without importing models."""
    return [SimpleNamespace(index=index, count=2) for index in range(count)]


def test_nodes_die_and_join(cluster, tmp_path):
    """Three workers are asked for and two find a node; one node is killed, and another joins."""
    engine, notes = RayEngine(device='cpu', workers=3, address=cluster.address), Notes()

    def done() -> set[str]:
        return {path.name for path in tmp_path.glob('done-*')}

    killing = kill_a_node(cluster, lambda: len(done()) >= 3)
    joining = threading.Thread(target=lambda: (killing.join(), cluster.workers.append(cluster.add_node(**NODE))))
    joining.start()
    engine.run_on(Files, (str(tmp_path),), shards(40), notes)
    joining.join()
    assert done() == {f'done-{index}' for index in range(40)} and notes.added == 80, 'each shard once'
    begun = [path.name.split('-') for path in tmp_path.glob('begun-*')]
    assert 40 <= len(begun) <= 41, 'the shard of the killed node was begun again, unless it was between two'
    assert len({process for _, _, process in begun}) >= 2, 'several workers'
    assert notes.said and all(line.startswith('a worker of the cluster died') for line in notes.said)


def test_an_error_of_a_worker_is_ours(cluster, tmp_path):
    engine = RayEngine(device='cpu', workers=1, address=cluster.address)
    with pytest.raises(FileNotFoundError, match='nowhere'):
        engine.run_on(Files, (str(tmp_path / 'nowhere'),), shards(1), Notes())


def test_a_data_set_is_the_same(cluster, tmp_path, recipe_file, whole):
    out = tmp_path / 'out'
    recipe = load_recipe(recipe_file, options={'engine': dict(type='ray', address=cluster.address)})
    generate(recipe, out, num=10, log=lambda line: None)
    assert contents(out) == contents(whole)


def test_no_cluster():
    engine = RayEngine(device='cpu', address='nowhere')
    with pytest.raises(UserError, match='no Ray cluster at nowhere: '):
        engine.run_on(Files, ('nowhere',), shards(1), Notes())
