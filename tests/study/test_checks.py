"""What the trainings of a study read is looked for before the first of them."""

from pathlib import Path

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.study import Job, Plan, Study, load_study_config
from mmdatasetdm.study.checks import check_data_root, check_trainings

ROOT = Path(__file__).parents[2]
DATA = ('CAMVID', 'CITYSCAPES', 'COCO', 'DEEPFASHION', 'NYU', 'VOC')


@pytest.fixture
def jobs(tmp_path, monkeypatch, toy_generator_folder):
    """``jobs('voc_size')``: those of a study; the variables name folders that are not there."""
    for name in DATA:
        monkeypatch.setenv(f'MMDATASETDM_{name}', str(tmp_path / name))

    def make(name: str) -> list[Job]:
        config = load_study_config(ROOT / f'configs/studies/{name}.py')
        with pytest.raises(UserError, match=rf'^{config.data_root} does not exist\. Download .*MMDATASETDM_'):
            check_data_root(config)
        study = Study(config=config, out=tmp_path / 'out', repository=ROOT, generator=str(toy_generator_folder))
        return Plan(study=study).jobs()

    return make


def empty(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        (path.parent if path.suffix else path).mkdir(parents=True, exist_ok=True)
        if path.suffix:
            path.touch()


def test_the_images_of_the_last_training_are_looked_for_before_the_first(tmp_path, jobs):
    """Of domain generalisation: the decoder's data set is there, the one that its stock models are tested on is not."""
    planned = jobs('supp_table_9_voc')
    empty(tmp_path / 'CITYSCAPES', 'leftImg8bit/train', 'leftImg8bit/val', 'gtFine/train', 'gtFine/val')
    with pytest.raises(
        UserError, match=rf'{tmp_path}/VOC/JPEGImages does not exist\. Download .*VOCtrainval'
    ) as raised:
        check_trainings(planned)
    assert '\n' not in str(raised.value)


def test_the_weights_of_the_last_training_are_fetched_before_the_first(tmp_path, jobs, monkeypatch):
    def offline(*args, **kwargs):
        raise OSError('no network')

    monkeypatch.setattr('torch.hub.download_url_to_file', offline)
    monkeypatch.setattr('torch.hub.get_dir', lambda: str(tmp_path))
    planned = jobs('voc_size')
    lists = [f'ImageSets/Segmentation/{part}.txt' for part in ('train', 'val')]
    empty(tmp_path / 'VOC', 'JPEGImages', 'SegmentationClass', *lists)
    with pytest.raises(UserError, match=rf'swin_base_patch4_window12_384_22k\S*: .*put .*{tmp_path}/checkpoints'):
        check_trainings(planned)
    done = [job for job in planned if job.kind == 'decoder']
    check_trainings(done)  # which have no weights but the generator's
