"""What an image's text names of what the image shows."""

from collections.abc import Sequence

import numpy as np
from mmcv.transforms import BaseTransform

from mmdatasetdm.errors import UserError
from mmdatasetdm.registry import TRANSFORMS


@TRANSFORMS.register_module()
class DropClassNames(BaseTransform):
    """Leaves out names of what an image shows, as prompts do, so that training meets every text that labelling does.

    A prompt names only some of what its image shows. Of each image in training, by chance:

    - some of its names are dropped, each as likely as not, but never all of them;
    - or all of them: the text of no name;
    - or nothing is known of the image (``present_classes`` is None): the text with the names of all classes;
    - or all of its names are kept.

    Inside of FixedVariants each variant has one text, so that the features of a variant are still kept once; put
    PresentClasses or ListedClasses before it. Changes ``present_classes``.

    Args:
        some: probability that some names are dropped.
        none: probability that all are.
        unknown: probability that nothing is known.
        unnamed: what becomes of the labels of the classes whose names were dropped: 'keep' them, or 'ignore' them
            (pixels of a label map become ``ignore_index``, objects are marked as ignored). Where nothing is known all
            are kept.
        classes: names in the order of the ids, for 'ignore'.
        ignore_index: label of the pixels that no loss sees.
    """

    def __init__(
        self,
        *,
        some: float = 0.0,
        none: float = 0.0,
        unknown: float = 0.0,
        unnamed: str = 'keep',
        classes: Sequence[str] = (),
        ignore_index: int = 255,
    ) -> None:
        if min(some, none, unknown) < 0 or some + none + unknown > 1:
            raise UserError(
                f'DropClassNames: some is {some}, none {none} and unknown {unknown}; they are probabilities, together '
                '1 at most'
            )
        if unnamed not in ('keep', 'ignore'):
            raise UserError(f"DropClassNames: unnamed is {unnamed!r}; choose 'keep' or 'ignore'")
        if unnamed == 'ignore' and not classes:
            raise UserError("DropClassNames: unnamed='ignore' needs the classes")
        self.some, self.none, self.unknown = some, none, unknown
        self.unnamed = unnamed
        self.classes = tuple(classes)
        self.ignore_index = ignore_index

    def transform(self, results: dict) -> dict:
        """Drop names."""
        if 'present_classes' not in results:
            raise UserError('DropClassNames: there are no names; put it after PresentClasses or ListedClasses')
        names = results['present_classes']
        if names is None:  # nothing is known already
            return results
        chance = np.random.rand()
        if chance < self.unknown:
            results['present_classes'] = None
            return results
        if chance < self.unknown + self.none:
            kept = ()
        elif chance < self.unknown + self.none + self.some and len(names) > 1:
            kept = self._some(names)
        else:
            return results
        results['present_classes'] = kept
        if self.unnamed == 'ignore':
            self._ignore(results, [self.classes.index(name) for name in names if name not in kept])
        return results

    @staticmethod
    def _some(names: Sequence[str]) -> tuple[str, ...]:
        """One name or more of them, and not all."""
        count = 0
        while not 0 < count < len(names):
            kept = np.random.rand(len(names)) < 0.5
            count = kept.sum()
        return tuple(name for name, keep in zip(names, kept, strict=True) if keep)

    def _ignore(self, results: dict, dropped: Sequence[int]) -> None:
        if 'gt_seg_map' in results:
            mask = results['gt_seg_map'].copy()
            mask[np.isin(mask, dropped)] = self.ignore_index
            results['gt_seg_map'] = mask
        if 'gt_ignore_flags' in results:
            results['gt_ignore_flags'] = results['gt_ignore_flags'] | np.isin(results['gt_bboxes_labels'], dropped)
