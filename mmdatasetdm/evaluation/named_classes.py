"""What a decoder finds of the classes that an image's text names, and of those that it does not name."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence

import torch
from mmengine.config import Config
from mmengine.evaluator import BaseMetric

from mmdatasetdm.errors import UserError
from mmdatasetdm.registry import METRICS

# what an image's text names of what the image shows -> options of DropClassNames
TEXTS: Mapping[str, Mapping] = {
    'told': {},  # all of it
    'half': {'some': 1.0},  # a random half, where there are two names or more; never nothing
    'untold': {'unknown': 1.0},  # nothing is known: the names of all classes
    'nothing': {'none': 1.0},  # no class
}
_NAMING = ('PresentClasses', 'ListedClasses')


def with_text(config: Config, kind: str, *, split: str) -> Config:
    """A copy of a decoder's config whose test reads the images of ``split`` ('val' or 'test') with a kind of text.

    The names that are dropped depend on the image's file name alone.

    Raises:
        UserError: the decoder reads one text for all images.
    """
    config = copy.deepcopy(config)
    config.test_dataloader = copy.deepcopy(config[f'{split}_dataloader'])
    evaluators = config[f'{split}_evaluator']
    config.test_evaluator = list(evaluators) if isinstance(evaluators, list | tuple) else [evaluators]
    found = list(_pipelines(config.test_dataloader.dataset))
    if not found:
        raise UserError(
            f'{config.filename}: no pipeline of its {split} images names their classes (PresentClasses, '
            'ListedClasses): the decoder reads one text for all images'
        )
    for pipeline, place in found:
        drop = dict(type='mmdatasetdm.DropClassNames', **TEXTS[kind])
        pipeline.insert(place + 1, dict(type='mmdatasetdm.FixedVariants', variants=1, transforms=[drop]))
        naming = pipeline[place]
        if 'classes' in naming and naming.get('background', 'background') is not None:
            metric = dict(type='mmdatasetdm.NamedClassesMetric', background=naming.get('background', 'background'))
            config.test_evaluator.append(metric)
    return config


def _pipelines(dataset: Mapping) -> Iterator[tuple[list, int]]:
    """The pipelines of a data set's config, wrapped ones too, and where the classes of an image are named in each."""
    places = [i for i, step in enumerate(dataset.get('pipeline', ())) if _name(step.get('type')) in _NAMING]
    if places:
        yield dataset['pipeline'], places[-1]
    for part in [dataset.get('dataset'), *dataset.get('datasets', ())]:
        if part:
            yield from _pipelines(part)


def _name(kind: str | type) -> str:
    return kind.rpartition('.')[2] if isinstance(kind, str) else getattr(kind, '__name__', '')


@METRICS.register_module()
class NamedClassesMetric(BaseMetric):
    """Of the object pixels of classes that their image's text named, and of the others: how many are right.

    In percent of these pixels: ``named_right``, ``unnamed_right`` and ``unnamed_sure_background``, those of which the
    decoder says with a probability of one half or more that they are background. A text of an image of which nothing
    is known names all classes. Needs ``present_classes`` and mmseg's ``seg_logits``, which are a decoder's
    probabilities.

    Args:
        background: the class that is no object.
        ignore_index: label of the pixels that do not count.
        collect_device, prefix: as of mmengine's BaseMetric.
    """

    def __init__(
        self,
        *,
        background: str = 'background',
        ignore_index: int = 255,
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.background = background
        self.ignore_index = ignore_index

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Count the pixels of each image: of named classes, right ones; of others, right ones, sure background."""
        classes = list(self.dataset_meta['classes'])
        if self.background not in classes:
            raise UserError(f'NamedClassesMetric: background is {self.background!r}; the classes are {classes}')
        background = classes.index(self.background)
        for sample in data_samples:
            names = sample['present_classes']
            known = torch.zeros(256, dtype=torch.bool)
            known[[classes.index(name) for name in (classes if names is None else names)]] = True
            labels = sample['gt_sem_seg']['data'].cpu().squeeze(0).long()
            predicted = sample['pred_sem_seg']['data'].cpu().squeeze(0)
            objects = (labels != self.ignore_index) & (labels != background)
            named, right = known[labels] & objects, (predicted == labels) & objects
            sure = sample['seg_logits']['data'].cpu()[background] >= 0.5
            unnamed = objects & ~named
            parts = (named, named & right, unnamed, unnamed & right, unnamed & sure)
            self.results.append([int(part.sum()) for part in parts])

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Shares of all images' pixels; those of which there are none are left out."""
        named, named_right, unnamed, right, sure = (sum(counts) for counts in zip(*results, strict=True))
        shares = {'named_right': named_right / named} if named else {}
        if unnamed:
            shares.update(unnamed_right=right / unnamed, unnamed_sure_background=sure / unnamed)
        return {name: round(100 * share, 2) for name, share in shares.items()}
