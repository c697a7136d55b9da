"""Small untrained decoders of all tasks on the tests' generator."""

from pathlib import Path

import pytest

from mmdatasetdm.apis import DatasetDMInferencer
from tests.generation.conftest import write_decoder, write_depth_decoder, write_instance_decoder, write_pose_decoder

TASKS = dict(
    semantic=write_decoder, instance=write_instance_decoder, depth=write_depth_decoder, pose=write_pose_decoder
)


@pytest.fixture(scope='session')
def decoders(tmp_path_factory, toy_generator_folder) -> dict:
    folder = tmp_path_factory.mktemp('decoders')
    return {task: write(folder, toy_generator_folder) for task, write in TASKS.items()}


@pytest.fixture(scope='session')
def all_tasks_recipe(tmp_path_factory, toy_generator_folder, decoders) -> Path:
    path = tmp_path_factory.mktemp('recipe') / 'all.py'
    parts = {task: dict(config=str(config), checkpoint=str(file)) for task, (config, file) in decoders.items()}
    path.write_text(f"""
generator = {str(toy_generator_folder)!r}
sampler = dict(scheduler='DDIMScheduler', steps=2, guidance=2.0)
prompts = dict(type='template', classes=['person', 'chair'],
               phrases=dict(person=['man']))
decoders = {parts!r}
""")
    return path


@pytest.fixture(scope='session')
def inferencer(all_tasks_recipe) -> DatasetDMInferencer:
    return DatasetDMInferencer(decoders=all_tasks_recipe, device='cpu', show_progress=False)
