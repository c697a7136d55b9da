"""The tasks that a study may be of: their configs, the options that choose their images, and their metrics."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from mmengine.config import Config

from mmdatasetdm.errors import UserError
from mmdatasetdm.toyroom.paths import TOYROOM_DATA

LABELLED = (10, 20, 50, 100, 200)  # the nested lists that the package ships
TEST = 'test'
STYLES = {'street': 'test_street'}  # further test images: a style of the world, and the name of its list


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One number of an evaluation.

    Args:
        key: its name in mmengine's logs.
        name: its name in results and tables.
        scale: what the logged value is multiplied by.
        decimals: shown in tables.
        lower_is_better: an error, not a score.
        empty: the value, scaled, where nothing was logged; None: that is an error.
    """

    key: str
    name: str
    scale: float = 1.0
    decimals: int = 1
    lower_is_better: bool = False
    empty: float | None = None

    def of_style(self, style: str) -> 'Metric':
        """The same on the test images of another style."""
        return replace(self, name=f'{self.name}, {style}')


@dataclass(frozen=True, kw_only=True)
class Task:
    """What a study needs to know of a task.

    Args:
        models: configs of the stock models by name, with ``{setting}``; the first is the default.
        decoder: the decoder's config, with ``{labels}``.
        labels: numbers of labelled images that are compared by default; for the first there is a decoder's config,
            which serves the numbers that have none.
        listed: the file that says which images there are, below the data's folder, with ``{name}``.
        list_key: what a data set's config calls it.
        evaluators: keys of the same file in the evaluators, for ``val`` and ``test``, where they read it too.
        recipe: of the generated images.
        annotator: the decoder's name in the recipe.
        metrics: the first is the most important.
    """

    models: Mapping[str, str]
    decoder: str
    labels: tuple[int, ...] = (50, 200)
    listed: str = 'ImageSets/Segmentation/{name}.txt'
    list_key: str = 'ann_file'
    evaluators: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    recipe: str
    annotator: str
    metrics: tuple[Metric, ...]

    def decoder_config(self, repository: Path, labels: int) -> tuple[Path, list[str]]:
        """The config of the decoder of so many labelled images, and the options that make it that."""
        found = sorted(repository.glob(self.decoder.format(labels=labels)))
        if found:
            return found[0], []
        (path,) = repository.glob(self.decoder.format(labels=self.labels[0]))
        return path, [f'{_where(path, self.list_key)}={self._train_list(labels)}']

    def train_options(self, setting: str, *, labels: int, generated: Path, ratio: tuple[float, float]) -> list[str]:
        """KEY=VALUE options of a stock model: its training images. ``ratio``: of real and synthetic ones."""
        data, real = 'train_dataloader.dataset', self._train_list(labels)
        return {
            'real': [f'{data}.{self.list_key}={real}'],
            'synthetic': [f'{data}.root={generated}'],
            'real+synthetic': [
                f'{data}.datasets.0.{self.list_key}={real}',
                f'{data}.datasets.1.root={generated}',
                f'train_dataloader.sampler.ratio=[{ratio[0]},{ratio[1]}]',
            ],
        }[setting]

    def evaluate_on(self, name: str, *, part: str) -> list[str]:
        """KEY=VALUE options that make ``val`` or ``test`` (``part``) the images of a list, e.g. ``test_street``."""
        listed = self.listed.format(name=name)
        return [
            f'{part}_dataloader.dataset.{self.list_key}={listed}',
            *(f'{key}={TOYROOM_DATA / listed}' for key in self.evaluators.get(part, ())),
        ]

    def read_training(self, folder: Path) -> dict:
        """``scores`` {metric: value} and ``classes`` {class: IoU} of the last validation in a work folder.

        Raises:
            UserError: there was none.
        """
        logs = sorted(folder.glob('*/vis_data/scalars.json'))
        lines = [line for path in logs for line in path.read_text(encoding='utf-8').split('\n') if line]
        return self._scores([json.loads(line) for line in lines], folder)

    def read_test(self, folder: Path) -> dict:
        """The same of the test whose work folder this is."""
        logs = sorted(path for path in folder.glob('*/*.json') if path.stem == path.parent.name)
        return self._scores([json.loads(path.read_text(encoding='utf-8')) for path in logs], folder)

    def _scores(self, logged: list[dict], folder: Path) -> dict:
        found: dict = {}
        for values in logged:
            found = values if any(metric.key in values for metric in self.metrics) else found
        scores = {}
        for metric in self.metrics:
            if metric.key not in found and metric.empty is None:
                raise UserError(f'{folder}: the evaluation left no {metric.key}')
            value = found[metric.key] * metric.scale if metric.key in found else metric.empty
            scores[metric.name] = round(value, metric.decimals + 4)
        classes = {name.removeprefix('IoU/'): value for name, value in found.items() if name.startswith('IoU/')}
        return dict(scores=scores, classes=classes)

    def _train_list(self, labels: int) -> str:
        return self.listed.format(name=f'train_{labels}')


def hide_options(config: Path, unseen: Sequence[str]) -> list[str]:
    """KEY=VALUE options that hide these classes, and no others, wherever a config hides classes or looks for them.

    Raises:
        UserError: a name is not one of the classes that the config hides some of.
    """
    loaded, options, known = Config.fromfile(config), [], ()
    for key, found in _parts({key: loaded[key] for key in loaded if key.endswith(('_dataloader', '_evaluator'))}):
        if found.get('type') == 'mmdatasetdm.HideClasses':
            options.append(f'{key}.hidden=[{",".join(unseen)}]')
            known = found['classes']
        elif found.get('type') == 'mmdatasetdm.ZeroShotIoUMetric':
            options.append(f'{key}.unseen=[{",".join(unseen)}]')
    for name in unseen:
        if known and name not in known:
            raise UserError(f'--unseen {name}: there is no such class; known are {", ".join(known)}')
    return options


def _parts(values: object, key: str = '') -> Iterator[tuple[str, Mapping]]:
    """All mappings inside of a config by their dotted keys."""
    if isinstance(values, Mapping):
        if key:
            yield key, values
        for name, value in values.items():
            yield from _parts(value, f'{key}.{name}' if key else name)
    elif isinstance(values, list | tuple):
        for index, value in enumerate(values):
            yield from _parts(value, f'{key}.{index}')


@cache
def _where(path: Path, name: str) -> str:
    """The key of ``name`` in a config's training data, which may be wrapped."""
    key, data = 'train_dataloader.dataset', Config.fromfile(path).train_dataloader.dataset
    while name not in data:
        key, data = f'{key}.dataset', data.dataset
    return f'{key}.{name}'


_AP = dict(scale=100.0, empty=0.0)  # COCO's evaluation logs nothing where a model finds nothing
TASKS = {
    'semantic': Task(
        models={
            'deeplabv3plus': 'configs/deeplabv3plus/deeplabv3plus_r18_1xb8-2k_toyroom-{setting}-128x128.py',
            'mobilenet': 'configs/deeplabv3plus/deeplabv3plus_mobilenet-v2_1xb8-2k_toyroom-{setting}-128x128.py',
            'deeplabv3': 'configs/deeplabv3/deeplabv3_r18_1xb8-2k_toyroom-{setting}-128x128.py',
            'mask2former': 'configs/mask2former/mask2former_r18_1xb8-2k_toyroom-{setting}-128x128.py',
        },
        decoder='configs/datasetdm/datasetdm_toyroom_semantic-phrase-{labels}shot_*_toyroom-128x128.py',
        labels=(20, 100),
        recipe='configs/generate/toyroom_semantic.py',
        annotator='semantic',
        metrics=(Metric(key='mIoU', name='mIoU'),),
    ),
    'instance': Task(
        models={'mask2former': 'configs/mask2former/mask2former_r18_1xb8-2k_toyroom-instance-{setting}-128x128.py'},
        decoder='configs/datasetdm/datasetdm_toyroom_instance-pixel-{labels}shot_*_toyroom-128x128.py',
        labels=(20, 100),
        listed='Annotations/instances_{name}.json',
        evaluators=dict(
            val=('val_evaluator.ann_file',), test=('test_evaluator.0.ann_file', 'test_evaluator.1.ann_file')
        ),
        recipe='configs/generate/toyroom_instance.py',
        annotator='instance',
        metrics=(Metric(key='coco/segm_mAP', name='mask AP', **_AP), Metric(key='coco/bbox_mAP', name='box AP', **_AP)),
    ),
    'depth': Task(
        models={'depthformer': 'configs/depthformer/depthformer_tiny_1xb8-2k_toyroom-{setting}-128x128.py'},
        decoder='configs/datasetdm/datasetdm_toyroom_depth-{labels}shot_*_toyroom-128x128.py',
        list_key='listed',
        recipe='configs/generate/toyroom_depth.py',
        annotator='depth',
        metrics=(
            Metric(key='abs_rel', name='REL', decimals=3, lower_is_better=True),
            Metric(key='d1', name='delta1', scale=100.0),
            Metric(key='rmse', name='RMSE', decimals=3, lower_is_better=True),
        ),
    ),
    'pose': Task(
        models={
            'simplebaseline': 'configs/topdown_heatmap/td-hm_res18_1xb8-2k_toyroom-{setting}-128x96.py',
            'hrnet': 'configs/topdown_heatmap/td-hm_hrnet-w16_1xb8-2k_toyroom-{setting}-128x96.py',
        },
        decoder='configs/datasetdm/datasetdm_toyroom_pose-{labels}shot_*_toyroom-128x128.py',
        listed='Annotations/person_keypoints_{name}.json',
        evaluators=dict(val=('val_evaluator.ann_file',), test=('test_evaluator.ann_file',)),
        recipe='configs/generate/toyroom_pose.py',
        annotator='pose',
        metrics=(Metric(key='coco/AP', name='AP', **_AP), Metric(key='coco/AR', name='AR', **_AP)),
    ),
    'openvocab': Task(
        models={
            'deeplabv3plus': 'configs/deeplabv3plus/deeplabv3plus_r18_1xb8-2k_toyroom-zeroshot-{setting}-128x128.py'
        },
        decoder='configs/datasetdm/datasetdm_toyroom_openvocab-{labels}shot_*_toyroom-128x128.py',
        recipe='configs/generate/toyroom_openvocab.py',
        annotator='semantic',
        metrics=(
            Metric(key='unseen', name='unseen mIoU'),
            Metric(key='seen', name='seen mIoU'),
            Metric(key='harmonic', name='harmonic mean'),
        ),
    ),
}
