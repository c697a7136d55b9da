"""COCO 2017's layout, whose files have the names of COCO's own."""

from __future__ import annotations

from collections.abc import Sequence

from mmdatasetdm.generation.writers.options import CocoOptions
from mmdatasetdm.generation.writers.voc import VocWriter


class CocoWriter(VocWriter):
    """The files, named by the image's id:

    - ``train2017/000000000001.jpg``
    - ``annotations/instances_train2017.json`` and ``person_keypoints_train2017.json``: the selected samples; all are in
      ``instances-all.json`` and ``person-keypoints-all.json``
    - ``stuffthingmaps/train2017/000000000001.png`` (class indices, 255 = ignore)
    - ``depth/train2017/000000000001.png``

    Args:
        options: the recipe's ``writer``.
        palette: RGB per class of the semantic decoder.
        classes: of the semantic decoder.
        suffix: of images that are linked from an earlier folder; None: by ``options.image_format``.
    """

    def __init__(
        self,
        *,
        options: CocoOptions,
        palette: Sequence[Sequence[int]],
        classes: Sequence[str] = (),
        suffix: str | None = None,
    ):
        super().__init__(options=options, palette=palette, classes=classes, suffix=suffix)
        self.folders = dict(image=options.image_folder, semantic='stuffthingmaps/train2017', depth='depth/train2017')

    def stem(self, sample_id: int) -> str:
        """The image's id in the JSON, in COCO's twelve digits."""
        return f'{sample_id + 1:012d}'

    def coco_file(self, title: str, name: str) -> str:
        # datumaro takes every file with an underscore in its name for a subset of its own
        return (
            f'annotations/{title}_train2017.json'
            if name == 'train'
            else f'annotations/{title}-{name}.json'.replace('_', '-')
        )

    def files(self) -> dict[str, str]:
        """None: the JSON names the classes."""
        return {}
