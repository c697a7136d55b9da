"""The report of a generated data set: one HTML page and its files beside it, for any browser, without a server."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

from PIL import Image

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.dataset_info import DatasetInfo, read_dataset
from mmdatasetdm.generation.scores import Scores
from mmdatasetdm.generation.storage.manifest import read_manifest
from mmdatasetdm.utils.io import write_atomic
from mmdatasetdm.visualization.gallery import Gallery, choose, layer_path
from mmdatasetdm.visualization.labels import label_kinds
from mmdatasetdm.visualization.page import MARK, render_page
from mmdatasetdm.visualization.pictures import draw_labels, fullest, side_by_side

SAMPLES = 500  # whose labels are drawn where nothing else is said


def write_report(
    root: Path,
    out: Path,
    *,
    samples: int | None = SAMPLES,
    results: Path | None = None,
    sample: int | None = None,
) -> Path:
    """Write ``out/index.html`` about the data set in ``root``, and beside it, where the samples have several kinds of
    labels, ``all_labels.png``.

    The page lists every sample. It shows the images where they are in ``root``, so the two folders move together.

    Args:
        samples: of how many samples the labels are drawn, every class among them, as far as it is there; the others are
            shown as images with their scores. None: of all.
        results: a JSON file, setting -> {metric: value}, shown as a table: what models trained on the data reached.
        sample: the number of the sample in ``all_labels.png``; None: the one that shows most.
    Returns:
        The page.
    Raises:
        UserError: there is no finished data set, or it is damaged; there is no such sample; the results are not what is
            expected; ``out`` holds something else.
        OSError: a file cannot be read or written.
    """
    root, out = Path(root), Path(out)
    dataset = read_dataset(root, DatasetInfo)
    scores = read_results(results) if results else None
    drawn = None
    if samples is not None:
        selected, dropped = choose(root, list(dataset.per_class), samples)
        drawn = {record.id for record in (*selected, *dropped)}
    prepare_folder(out)
    gallery = Gallery(root=root, out=out, dataset=dataset, drawn=drawn)
    together = draw_together(root, out, dataset, gallery, sample)
    scripts = gallery.write()
    page = out / 'index.html'
    text = render_page(
        dataset, name=root.name, scripts=scripts, layers=gallery.layers, results=scores, together=together
    )
    write_atomic(page, text.encode('utf-8', 'replace'))
    remove_old(out, gallery.files)  # only now: until here the old page is whole
    return page


def prepare_folder(out: Path) -> None:
    """Make ``out`` the folder of a page.

    Raises:
        UserError: there is something that is not of this tool.
    """
    page, folders = out / 'index.html', [out / 'img', out / 'samples']
    if out.exists() and not out.is_dir():
        raise UserError(f'--out {out} is a file; give a folder')
    out.mkdir(parents=True, exist_ok=True)
    if page.exists():
        with open(page, encoding='utf-8', errors='replace') as file:
            ours = MARK in file.read(4096)
    else:
        ours = {entry.name for entry in out.iterdir()} <= {f'{page.name}.tmp'}  # of a run that was killed
    if not ours or any(folder.is_symlink() for folder in folders):
        raise UserError(f'--out {out} is not empty and is no page of this tool; give a new folder')
    if not page.exists():
        write_atomic(page, f'<!doctype html>{MARK}This page is being made.'.encode())
    for folder in folders:
        folder.mkdir(exist_ok=True)


def remove_old(out: Path, used: set[str]) -> None:
    """Delete the files of an earlier page that the new one does not use; no other files."""
    own = re.compile(r'img/\d{8,}(_\w+)?\.(jpg|png|svg)(\.tmp)?|samples/\d{8,}-[0-9a-f]{8}\.js(\.tmp)?')
    for path in (*(out / 'img').iterdir(), *(out / 'samples').iterdir()):
        name = path.relative_to(out).as_posix()
        if name not in used and own.fullmatch(name):
            path.unlink()


def draw_together(root: Path, out: Path, dataset: DatasetInfo, gallery: Gallery, sample: int | None) -> dict | None:
    """Write ``out/all_labels.png``; -> what the page says of it, None where samples have one kind of label or none."""
    path = out / 'all_labels.png'
    if sample is None:
        record = fullest(read_manifest(root))
    else:
        record = next((record for record in read_manifest(root) if record.id == sample and record.files), None)
        if record is None:
            raise UserError(f'{root} has no sample {sample}; it has {dataset.samples}, and some may have failed')
    if record is None or (sample is None and len(label_kinds(record)) < 2):
        path.unlink(missing_ok=True)
        return None
    buffer = io.BytesIO()
    Image.fromarray(side_by_side(draw_labels(root, record, dataset))).save(buffer, 'PNG')
    write_atomic(path, buffer.getvalue())
    return dict(
        path=path.name,
        image=gallery.image(record),
        layers={layer: layer_path(record.id, layer) for layer in gallery.draw(record)},
        id=record.id,
        prompt=record.prompt,
        facts=facts(record.scores),
    )


def read_results(path: Path) -> dict[str, dict]:
    try:
        results = json.loads(path.read_text(encoding='utf-8'))
        rows = {setting: metrics for setting, metrics in results.items() if isinstance(metrics, dict)}
    except (ValueError, AttributeError, RecursionError):
        rows = {}
    if not rows:
        raise UserError(f'{path} is not a results file: {{"real": {{"mIoU": …}}, "synthetic": …, "both": …}}')
    return rows


def facts(scores: Scores) -> list[str]:
    """What is said below the sample with all labels."""
    lines = []
    if semantic := scores.semantic:
        lines += [f'ignored {semantic.ignored:.1%}', f'confidence {semantic.confidence:.2f}']
    if instance := scores.instance:
        unsure = f', {instance.uncertain} uncertain' if instance.uncertain else ''
        lines.append(f'{instance.instances} {"instance" if instance.instances == 1 else "instances"}{unsure}')
    if pose := scores.pose:
        outside = pose.keypoints_outside_mask
        beside = f', {outside:.0%} of the keypoints outside of the mask' if outside else ''
        lines.append(f'{pose.persons} {"person" if pose.persons == 1 else "persons"}{beside}')
    if scores.depth and scores.depth.nearest is not None:
        lines.append(f'{scores.depth.nearest:.1f} to {scores.depth.farthest:.1f} m')
    return lines
