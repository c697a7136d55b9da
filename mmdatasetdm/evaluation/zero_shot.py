"""IoU of the classes that a training saw and of those that it did not."""

from collections.abc import Sequence

from mmdatasetdm.errors import UserError
from mmdatasetdm.evaluation.class_iou import ClassIoUMetric
from mmdatasetdm.registry import METRICS


@METRICS.register_module()
class ZeroShotIoUMetric(ClassIoUMetric):
    """mmseg's IoUMetric in percent, with ``seen``, ``unseen`` and their ``harmonic`` mean (DatasetDM supp. 2, table 4).

    Args:
        unseen: names of the classes that no training label showed; the others, but for ``background``, are seen.
        background: a class that counts to neither.
        ignore_index: label of the pixels that do not count.
        output_dir: folder for the predictions as PNG files (tools/test.py --out).
        keep_results: mmseg's test.py gives it with ``--out``; IoUMetric takes it and does nothing with it.
        collect_device, prefix: as of IoUMetric.
    """

    def __init__(
        self,
        *,
        unseen: Sequence[str],
        background: str | None = 'background',
        ignore_index: int = 255,
        output_dir: str | None = None,
        keep_results: bool = False,
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ) -> None:
        super().__init__(
            ignore_index=ignore_index,
            iou_metrics=['mIoU'],
            output_dir=output_dir,
            collect_device=collect_device,
            prefix=prefix,
        )
        self.unseen = tuple(unseen)
        self.background = background

    def compute_metrics(self, results: list) -> dict[str, float]:
        """As ClassIoUMetric's, and the three means; a class that neither labels nor predictions have counts nowhere."""
        absent = [name for name in self.unseen if name not in self.dataset_meta['classes']]
        if absent:
            raise UserError(f'ZeroShotIoUMetric: the data set has no class {absent[0]}')
        metrics = super().compute_metrics(results)
        groups: dict[str, list[float]] = {'seen': [], 'unseen': []}
        for key, value in metrics.items():
            name = key.removeprefix('IoU/')
            if name != key and name != self.background:
                groups['unseen' if name in self.unseen else 'seen'].append(value)
        seen, unseen = (sum(group) / max(len(group), 1) for group in groups.values())
        harmonic = 2 * seen * unseen / (seen + unseen) if seen + unseen else 0.0
        return {**metrics, 'seen': round(seen, 2), 'unseen': round(unseen, 2), 'harmonic': round(harmonic, 2)}
