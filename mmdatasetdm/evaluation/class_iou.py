"""mmseg's IoU, with the classes one by one."""

from collections.abc import Sequence

from mmseg.evaluation import IoUMetric

from mmdatasetdm.errors import UserError
from mmdatasetdm.registry import METRICS


@METRICS.register_module()
class ClassIoUMetric(IoUMetric):
    """mmseg's IoUMetric (aAcc, mIoU, mAcc in percent) that also returns ``IoU/<class>`` for each class.

    The stock metric prints the classes' numbers in a table only, where no tool can read them. A class that neither
    the labels nor the predictions have is left out, as it is in the mean.

    Args:
        background: a class that is no object: ``mIoU/objects`` is the mean over the others, as domain generalisation
            counts (DatasetDM supp. table 9). None leaves that mean out.
        ignore_index, iou_metrics, nan_to_num, beta, collect_device, output_dir, format_only, prefix: as of IoUMetric.
        keep_results: mmseg's test.py gives it with ``--out``; IoUMetric takes it and does nothing with it.
    """

    def __init__(
        self,
        *,
        background: str | None = None,
        ignore_index: int = 255,
        iou_metrics: Sequence[str] = ('mIoU',),
        nan_to_num: int | None = None,
        beta: int = 1,
        collect_device: str = 'cpu',
        output_dir: str | None = None,
        format_only: bool = False,
        keep_results: bool = False,
        prefix: str | None = None,
    ) -> None:
        super().__init__(
            ignore_index=ignore_index,
            iou_metrics=list(iou_metrics),
            nan_to_num=nan_to_num,
            beta=beta,
            collect_device=collect_device,
            output_dir=output_dir,
            format_only=format_only,
            prefix=prefix,
        )
        self.no_object = background

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Args: the (intersection, union, predicted, labelled) pixel counts of each image, each of shape (classes,)."""
        metrics = {name: round(float(value), 2) for name, value in super().compute_metrics(results).items()}
        if self.format_only:
            return metrics
        intersection, union = (sum(image[part] for image in results) for part in (0, 1))
        for name, shared, covered in zip(self.dataset_meta['classes'], intersection, union, strict=True):
            if covered:
                metrics[f'IoU/{name}'] = round(100 * float(shared / covered), 2)
        if self.no_object is not None:
            if self.no_object not in self.dataset_meta['classes']:
                raise UserError(f'ClassIoUMetric: the data set has no class {self.no_object}')
            objects = [
                value for key, value in metrics.items() if key.startswith('IoU/') and key != f'IoU/{self.no_object}'
            ]
            metrics['mIoU/objects'] = round(sum(objects) / max(len(objects), 1), 2)
        return metrics
