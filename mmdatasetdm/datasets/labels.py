"""Images and label maps as a data set's own pipeline reads them, and files that are damaged."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmcv.transforms import LoadAnnotations, LoadImageFromFile
from mmengine.dataset import Compose
from PIL import Image

from mmdatasetdm.errors import UserError
from mmdatasetdm.registry import TRANSFORMS

# what a stock data set calls its files
PATHS = ('img_path', 'seg_map_path', 'depth_map_path')
_TAIL = 1 << 16


def check_whole(path: str) -> None:
    """A cheap look at a file's end, which a copy that was cut lacks; the decoders only paint the rest grey.

    Raises:
        UserError: the file is absent, empty or cut short.
    """
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


class NamingPipeline(Compose):
    """A pipeline that says in one line which file is damaged or absent, at the first opening of it.

    Args:
        transforms: those of the stock pipeline.
    """

    def __init__(self, *, transforms: Sequence[Callable]) -> None:
        super().__init__(transforms)

    def __call__(self, data: dict) -> dict | None:
        """Apply the transforms.

        Raises:
            UserError: a file that the data set names is absent or damaged.
        """
        paths = [data[key] for key in PATHS if isinstance(data.get(key), str) and '://' not in data[key]]
        for path in paths:
            check_whole(path)
        try:
            return super().__call__(data)
        except UserError:
            raise
        except Exception as error:
            for path in paths:
                if Path(path).suffix.lower() not in ('.npy', '.npz', '.exr', '.pfm'):
                    check_decodes(path)
            if 'failed to load image' in str(error):  # Pillow reads what OpenCV does not
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
