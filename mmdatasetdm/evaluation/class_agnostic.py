"""COCO AP of objects whatever their class. Not imported with the package: it needs mmdet (configs name it)."""

from collections.abc import Sequence

from mmdet.evaluation import CocoMetric

from mmdatasetdm.errors import UserError
from mmdatasetdm.registry import METRICS


@METRICS.register_module()
class ClassAgnosticCocoMetric(CocoMetric):
    """mmdet's CocoMetric with one class for all objects, as the paper counts instances; beside the real classes' AP.

    Args:
        ann_file: COCO instances JSON.
        metric: 'bbox', 'segm' or both.
        collect_device, prefix: as of CocoMetric.
    """

    default_prefix = 'agnostic'

    def __init__(
        self,
        *,
        ann_file: str,
        metric: str | Sequence[str] = 'segm',
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ) -> None:
        metric = metric if isinstance(metric, str) else list(metric)
        super().__init__(ann_file=ann_file, metric=metric, collect_device=collect_device, prefix=prefix)
        api = self._coco_api
        if not api.dataset.get('categories'):
            raise UserError(f'{ann_file} names no categories')
        first = api.dataset['categories'][0]['id']
        api.dataset['categories'] = [dict(id=first, name='object')]
        for annotation in api.dataset['annotations']:
            annotation['category_id'] = first
        api.createIndex()
        self.cat_ids = [first]

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """As CocoMetric's; the predicted classes are left out."""
        super().process(data_batch, data_samples)
        for _, result in self.results[-len(data_samples) :]:
            result['labels'] = result['labels'] * 0
