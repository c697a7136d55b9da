"""mmseg's IoU, with the classes one by one."""

from mmseg.evaluation import IoUMetric

from mmdatasetdm.registry import METRICS


@METRICS.register_module()
class ClassIoUMetric(IoUMetric):
    """mmseg's IoUMetric (aAcc, mIoU, mAcc in percent) that also returns ``IoU/<class>`` for each class.

    The stock metric prints the classes' numbers in a table only, where no tool can read them. A class that neither
    the labels nor the predictions have is left out, as it is in the mean. Its arguments are those of the stock metric.
    """

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Args: the (intersection, union, predicted, labelled) pixel counts of each image, each of shape (classes,)."""
        metrics = {name: round(float(value), 2) for name, value in super().compute_metrics(results).items()}
        if self.format_only:
            return metrics
        intersection, union = (sum(image[part] for image in results) for part in (0, 1))
        for name, shared, covered in zip(self.dataset_meta['classes'], intersection, union, strict=True):
            if covered:
                metrics[f'IoU/{name}'] = round(100 * float(shared / covered), 2)
        return metrics
