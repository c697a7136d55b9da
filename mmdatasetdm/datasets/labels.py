"""Images and label maps as a data set's own pipeline reads them, and files that are damaged."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from mmcv.transforms import LoadAnnotations, LoadImageFromFile
from PIL import Image

from mmdatasetdm.errors import UserError
from mmdatasetdm.registry import TRANSFORMS

# what a stock data set calls its files
PATHS = ('img_path', 'seg_map_path', 'depth_map_path')
_TAIL = 1 << 16


def check_whole(path: str) -> None:
    """A cheap look at a file's end, which a copy that was cut lacks; the decoders only paint the rest grey.

    Another storage than the file system (``tar://…``) looks after its own.

    Raises:
        UserError: the file is absent, empty or cut short.
    """
    if '://' in path:
        return
    try:
        with open(path, 'rb') as file:
            head = file.read(4)
            file.seek(0, 2)
            file.seek(max(0, file.tell() - _TAIL))
            tail = file.read()
    except OSError as error:
        raise UserError(f'{path}: {(error.strerror or str(error)).lower()}') from error
    if head.startswith(b'\x89PNG') and b'IEND' not in tail:
        raise UserError(f'{path}: damaged (it is cut short); copy or make it again')
    if not tail or (head.startswith(b'\xff\xd8\xff') and b'\xff\xd9' not in tail):
        check_decodes(path)


def check_decodes(path: str) -> None:
    """UserError where an image or label map cannot be read to its end."""
    try:
        with Image.open(path) as image:
            image.load()
    except Exception as error:  # Pillow raises whatever the decoder of the format does
        reason = 'it is no image' if isinstance(error, Image.UnidentifiedImageError) else ' '.join(str(error).split())
        raise UserError(f'{path}: damaged ({reason}); copy or make it again') from error


def name_damaged_files(pipeline: Callable[[dict], dict | None], data: dict) -> dict | None:
    """Apply a pipeline to what a data set knows of an image, and name the file that it stumbles over.

    What is no data set's, as the file or the array that an inferencer gives, is left to the pipeline.

    Raises:
        UserError: a file that ``data`` names is absent or damaged.
    """
    if not isinstance(data, dict):
        return pipeline(data)
    named = [data[key] for key in PATHS if isinstance(data.get(key), str)]
    paths = [path for path in named if os.path.isfile(path)]  # the others may be keys of another storage
    for path in paths:
        check_whole(path)
    try:
        return pipeline(data)
    except UserError:
        raise
    except FileNotFoundError as error:
        absent = [path for path in named if path not in paths]
        if not absent:
            raise
        raise UserError(f'{absent[0]}: no such file or directory') from error
    except Exception as error:
        for path in paths:
            if Path(path).suffix.lower() not in ('.npy', '.npz', '.exr', '.pfm'):
                check_decodes(path)
        if 'failed to load image' in str(error) and paths:  # Pillow reads what OpenCV does not
            raise UserError(f'{paths[0]}: damaged (OpenCV does not read it); copy or make it again') from error
        raise


class LabelReader:
    """Reads an image or label map by the transforms of the pipeline, up to where it is there.

    Args:
        dataset: an initialised stock data set.
    """

    def __init__(self, dataset: Any) -> None:
        self.transforms = list(getattr(dataset.pipeline, 'transforms', ()))
        self._image = next((t for t in self.transforms if isinstance(t, LoadImageFromFile)), LoadImageFromFile())
        at = [index for index, one in enumerate(self.transforms) if self._loads(one)]
        self._after = self.transforms[at[0] :] if at else None

    @staticmethod
    def _loads(transform: Callable) -> bool:
        return isinstance(transform, LoadAnnotations | TRANSFORMS.get('mmseg.LoadDepthAnnotation'))

    def __repr__(self) -> str:
        # without the addresses of objects that do not say what they are
        return re.sub(r' at 0x[0-9a-f]+', '', repr(self.transforms if self._after is None else self._after[:1]))

    def image_shape(self, info: dict) -> tuple[int, int]:
        """Height and width of an image as the pipeline loads it, turned as its EXIF orientation says."""
        try:
            check_whole(info['img_path'])
            return self._image(dict(img_path=info['img_path']))['img'].shape[:2]
        except UserError:
            raise
        except Exception:
            check_decodes(info['img_path'])
            raise

    def label(self, info: dict) -> np.ndarray:
        """The label map (H, W) as training sees it: class ids after ``reduce_zero_label`` and the label map of the
        data set, or metres.

        Raises:
            UserError: the file is absent or damaged, or holds no map of one channel.
        """
        depth = 'depth_map_path' in info
        key, path = ('gt_depth_map', info['depth_map_path']) if depth else ('gt_seg_map', info['seg_map_path'])
        check_whole(path)
        default = TRANSFORMS.build(dict(type='mmseg.LoadDepthAnnotation' if depth else 'mmseg.LoadAnnotations'))
        chains = [self._after, self.transforms] if self._after else [self.transforms, [default]]
        seen, cause = None, None
        for chain in chains:
            results = dict(info, seg_fields=[])
            try:
                for transform in chain:
                    results = transform(results)
                    seen = results.get(key, seen)
                    if key in results and results[key].ndim == 2:
                        return results[key]
            except UserError:
                raise
            except Exception as error:
                cause = error
        if seen is None:
            check_decodes(path)
            raise UserError(f'{path}: the pipeline does not read it as a label map ({cause!r})') from cause
        raise UserError(
            f'{path}: the label map has {seen.shape[-1]} channels; expected one of class ids (a picture of colours '
            'needs a transform that turns them into ids)'
        )
