"""A page about a labelled data set as a config names it, in the manner of those about generated ones."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
from pycocotools import mask as rle

from mmdatasetdm.datasets.labels import LabelReader
from mmdatasetdm.datasets.lists import all_infos
from mmdatasetdm.engine.scope import enter_scope
from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.dataset_info import DatasetInfo
from mmdatasetdm.generation.records import ManifestLine, Person
from mmdatasetdm.generation.scores import InstanceScores, PoseScores, Scores, SemanticScores, numbers
from mmdatasetdm.registry import DATASETS
from mmdatasetdm.utils.config import read_config
from mmdatasetdm.utils.io import write_atomic
from mmdatasetdm.visualization.gallery import Gallery
from mmdatasetdm.visualization.labels import SampleLabels, image_size
from mmdatasetdm.visualization.layers import layers_of
from mmdatasetdm.visualization.overlay import IGNORE, INSTANCE_COLOURS
from mmdatasetdm.visualization.page import render_page
from mmdatasetdm.visualization.report import SAMPLES, prepare_folder, remove_old

PARTS = ('train', 'val')


def write_labels_report(config: Path, out: Path, *, samples: int | None = SAMPLES) -> Path:
    """Write ``out/index.html`` about the training and validation images of a config, with their labels.

    Args:
        config: any config with a ``train_dataloader`` of a stock or few-shot data set: masks, instances, depth or
            persons. Generated images in it are left out.
        samples: of how many images the labels are drawn, evenly spaced; None: of all.

    Returns:
        The page.

    Raises:
        UserError: the config or its data is wrong, or ``out`` holds something else.
    """
    found = LabelledImages(config)
    step = 1 if samples is None else max(1, -(-len(found.items) // samples))
    prepare_folder(out)
    gallery = _LabelledGallery(out=out, found=found, drawn=set(range(0, len(found.items), step)))
    scripts = gallery.write()  # counts what the page says of the whole
    dataset = gallery.counted()
    tiles = [(f'{len(found.of(part)):,}', f'{name} images') for part, name in found.named if found.of(part)]
    if gallery.labelled_pixels and not found.depth:
        tiles.append((f'{gallery.ignored / gallery.labelled_pixels:.1%}', 'of pixels ignored (255)'))
    if gallery.objects:
        tiles.append((f'{gallery.objects:,}', 'persons' if found.skeleton else 'instances'))
    text = render_page(
        dataset,
        name=config.stem,
        scripts=scripts,
        layers=gallery.layers,
        labelled=(f'The labelled images of {config}, as training reads them.', tiles),
    )
    page = out / 'index.html'
    write_atomic(page, text.encode('utf-8', 'replace'))
    remove_old(out, gallery.files)
    return page


class LabelledImages:
    """The labelled images of a config's training and validation, each with its labels.

    Attributes:
        items: (part, what the data set knows of the image, its reader of label maps) of each image.
        classes, palette: of the training images.
        skeleton: pairs of keypoint numbers, from 1.
        depth: the labels are depth maps.
    """

    named = (('train', 'training'), ('val', 'validation'))

    def __init__(self, config: Path) -> None:
        if not config.is_file():
            raise UserError(f'--dataset {config}: there is no such config')
        loaded = read_config(config, what='config')
        enter_scope(loaded)
        self.items: list[tuple[str, list[dict], LabelReader]] = []
        metainfo: dict = {}
        for part in PARTS:
            loader = loaded.get(f'{part}_dataloader')
            for one in _real(loader.get('dataset')) if isinstance(loader, Mapping) else ():
                built = DATASETS.build(one)
                inner = getattr(built, 'dataset', built)
                metainfo = metainfo or dict(inner.metainfo)
                reader = LabelReader(inner)
                by_image: dict[str, list[dict]] = {}
                for info in all_infos(inner):
                    by_image.setdefault(info['img_path'], []).append(info)
                self.items += [(part, infos, reader) for infos in by_image.values()]
        if not self.items:
            raise UserError(f'--dataset {config}: its train_dataloader and val_dataloader name no labelled images')
        self.depth = 'depth_map_path' in self.items[0][1][0]
        pose = 'keypoints' in self.items[0][1][0]
        self.skeleton = [[a + 1, b + 1] for a, b in metainfo.get('skeleton_links', ())] if pose else []
        self.classes = [] if pose or self.depth else list(metainfo.get('classes') or ())
        colours = metainfo.get('palette') or INSTANCE_COLOURS
        self.palette = [[int(v) for v in colours[i % len(colours)]] for i in range(len(self.classes))]

    def of(self, part: str) -> list:
        return [item for item in self.items if item[0] == part]

    def labels(self, number: int) -> tuple[SampleLabels, list[str]]:
        """The labels of an image, and the classes of its instances."""
        _, infos, reader = self.items[number]
        info = infos[0]
        given: dict[str, Any] = dict(image=Path(info['img_path']))
        if 'keypoints' in info:
            size = image_size(given['image'])
            return SampleLabels(**given, size=size, persons=[_person(one['raw_ann_info']) for one in infos]), []
        size = reader.image_shape(info)
        if 'instances' in info:
            names = [self.classes[one['bbox_label']] for one in info['instances'] if not one['ignore_flag']]
            masks = [(_mask(one.get('mask'), size), bool(one['ignore_flag'])) for one in info['instances']]
            return SampleLabels(**given, size=size, instances=masks), names
        key = 'depth' if self.depth else 'semantic'
        return SampleLabels(**given, size=size, **{key: reader.label(info)}), []


class _LabelledGallery(Gallery):
    """The same gallery of images that no recipe made: they have labels and no prompts."""

    def __init__(self, *, out: Path, found: LabelledImages, drawn: set[int]) -> None:
        self.found = found
        self.pixels, self.images = np.zeros(256, np.int64), dict.fromkeys(found.classes, 0)
        self.labelled_pixels = self.ignored = self.objects = 0
        super().__init__(root=Path('.'), out=out, dataset=self.counted(), drawn=drawn)

    def records(self) -> Iterator[ManifestLine]:
        for number, (part, infos, _) in enumerate(self.found.items):
            labels, names = self.found.labels(number)
            scores = self._count(labels, names)
            text = f'{part}: {os.path.relpath(infos[0]["img_path"])}'
            shown = list(scores.semantic.fractions) if scores.semantic else sorted({*names})
            yield ManifestLine(
                id=number,
                name=f'{number:08d}',
                prompt=text,
                classes=shown,
                files=dict(image=infos[0]['img_path']),
                failed=None,
                scores=scores,
                selected=True,
                dropped=None,
            )

    def _count(self, labels: SampleLabels, names: list[str]) -> Scores:
        if labels.semantic is not None:
            counts = np.bincount(labels.semantic.astype(np.uint8).ravel(), minlength=256)
            self.pixels += counts
            self.labelled_pixels += labels.semantic.size
            self.ignored += int(counts[IGNORE])
            size = labels.semantic.size
            fractions = {name: counts[i] / size for i, name in enumerate(self.found.classes) if counts[i]}
            for name in fractions:
                self.images[name] += 1
            return Scores(semantic=SemanticScores(fractions=fractions, ignored=counts[IGNORE] / size, confidence=1.0))
        if labels.instances is not None:
            self.objects += len(names)
            for name in {*names}:
                self.images[name] += 1
            return Scores(instance=InstanceScores(instances=len(names), found=sorted({*names})))
        if labels.persons is not None:
            self.objects += len(labels.persons)
            return Scores(pose=PoseScores(persons=len(labels.persons)))
        return Scores()

    def scores(self, record: ManifestLine) -> dict[str, float]:
        """What people labelled has no confidence."""
        return {key: value for key, value in numbers(record.scores).items() if not key.endswith('.confidence')}

    def image(self, record: ManifestLine) -> str | None:
        return quote(os.path.relpath(record.files['image'], self.out.resolve()))

    def layers_of(self, record: ManifestLine) -> dict[str, bytes]:
        # read again: the records of a chunk come before any of them is drawn
        return layers_of(self.found.labels(record.id)[0], self.dataset)

    def counted(self) -> DatasetInfo:
        """The data set as far as it was read, under the names that generated ones have."""
        found, total = self.found, max(self.labelled_pixels, 1)
        background = next((name for name in found.classes if name.lower() == 'background'), None)
        decoder: Any = dict(checkpoint='', background=background)
        return DatasetInfo(
            fingerprint='',
            samples=len(found.items),
            selected=len(found.items),
            failed=0,
            failures={},
            filters=[],
            ignored_fraction=None,
            mean_confidence=None,
            per_class={
                name: dict(prompted=0, images=self.images[name], pixel_fraction=float(self.pixels[i] / total))
                for i, name in enumerate(found.classes)
            },
            classes=found.classes,
            palette=found.palette,
            skeleton=found.skeleton,
            throughput=dict(images_per_second=0.0, seconds=0.0, seconds_per_image={}, devices=[]),
            code_versions=[],
            recipe=dict(
                generator='', sampler=dict(scheduler='', steps=0, guidance=0.0), decoders=dict(semantic=decoder)
            ),
        )


def _real(config: Mapping | None) -> list[Mapping]:
    """The data sets of labelled images in a data loader's."""
    if not isinstance(config, Mapping):
        return []
    if isinstance(config.get('datasets'), list | tuple):
        return [one for part in config['datasets'] for one in _real(part)]
    return [] if str(config.get('type')).endswith('SyntheticDataset') else [config]


def _mask(mask: list | dict | None, size: tuple[int, int]) -> np.ndarray:
    if not mask:
        return np.zeros(size, bool)
    if isinstance(mask, list):
        mask = rle.merge(rle.frPyObjects(mask, *size))
    elif isinstance(mask['counts'], list):
        mask = rle.frPyObjects(mask, *size)
    return rle.decode(mask).astype(bool)


def _person(raw: Mapping) -> Person:
    points = [float(value) for value in raw['keypoints']]
    return Person(
        category_id=int(raw['category_id']),
        bbox=list(raw['bbox']),
        area=float(raw.get('area', 0)),
        num_keypoints=sum(visible > 0 for visible in points[2::3]),
        keypoints=points,
    )
