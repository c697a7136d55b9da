"""Features of a frozen generator, kept so that no image goes through the generator twice."""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from mmengine.logging import print_log
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from mmdatasetdm.errors import UserError


class FeatureCache:
    """Tensors by image content, in memory or in a folder.

    A folder holds one sub-folder for each setting (generator, timestep, prompt, ...) with one file an image, written
    under another name and renamed, so several trainings may share it. Tensors are stored in half precision. A disk
    that is full ends the writing with a warning, not the training.

    Args:
        where: 'memory', or a folder that is made when absent.
        settings: everything but the image that the tensors depend on.
    """

    def __init__(self, *, where: str, settings: dict) -> None:
        self.folder: Path | None = None
        self._memory: dict[str, list[Tensor]] = {}
        self._writing = True
        self._announced = False
        if where == 'memory':
            return
        text = json.dumps(settings, sort_keys=True, indent=1)
        self.folder = Path(where) / hashlib.sha256(text.encode()).hexdigest()[:16]
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / 'settings.json').write_text(text, encoding='utf-8')
        except OSError as error:
            raise UserError(
                f'feature cache {where}: {error.strerror}; set model.backbone.cache to a writable folder'
            ) from error

    @staticmethod
    def key(image: Tensor, prompt: str = '') -> str:
        """Name of an image (3, H, W) in [-1, 1] with a prompt: a digest of its 8-bit pixels and the prompt."""
        pixels = (image.detach() * 127.5 + 127.5).round().to(torch.uint8).cpu().contiguous()
        rest = f'{tuple(pixels.shape)}{prompt}'.encode()
        return hashlib.blake2b(pixels.numpy().tobytes() + rest, digest_size=16).hexdigest()

    def batch(self, keys: Sequence[str], compute: Callable[[list[int]], Sequence[Tensor]]) -> tuple[Tensor, ...]:
        """The tensors of B images, each (B, ...) in single precision on the CPU.

        Args:
            keys: of the images.
            compute: indices of images -> their tensors; called once, for the images that are new.
        """
        found = {key: self.get(key) for key in set(keys)}
        missing = [key for key, tensors in found.items() if tensors is None]
        if missing:
            computed = compute([keys.index(key) for key in missing])
            for index, key in enumerate(missing):
                found[key] = self.put(key, [level[index] for level in computed])
        rows = [found[key] for key in keys]
        return tuple(torch.stack(level).float() for level in zip(*rows, strict=True))

    def get(self, key: str) -> list[Tensor] | None:
        """The tensors of an image, in half precision on the CPU; None when it is new or its file is damaged."""
        if self.folder is None:
            return self._memory.get(key)
        try:
            stored = load_file(self._path(self.folder, key))
        except (FileNotFoundError, SafetensorError):
            return None
        return [stored[str(index)] for index in range(len(stored))]

    def put(self, key: str, tensors: list[Tensor]) -> list[Tensor]:
        """Store an image's tensors; returns them as :meth:`get` will, so that a first use equals every later one."""
        tensors = [tensor.detach().to('cpu', torch.float16).contiguous() for tensor in tensors]
        if self.folder is None:
            self._memory[key] = tensors
        elif self._writing:
            self._write(self._path(self.folder, key), tensors)
        if not self._announced:
            self._announced = True
            size = sum(tensor.nbytes for tensor in tensors) / 2**10
            print_log(f'feature cache: {size:,.0f} KiB an image, in {self.folder or "memory"}', logger='current')
        return tensors

    @staticmethod
    def _path(folder: Path, key: str) -> Path:
        return folder / key[:2] / f'{key}.safetensors'

    def _write(self, path: Path, tensors: list[Tensor]) -> None:
        part = path.with_name(f'{path.name}.{os.getpid()}.part')
        try:
            path.parent.mkdir(exist_ok=True)
            save_file({str(index): tensor for index, tensor in enumerate(tensors)}, part)
            os.replace(part, path)
        except (OSError, SafetensorError) as error:
            self._writing = False
            print_log(f'feature cache {self.folder}: {error}; nothing more is stored', logger='current', level=30)
            if part.is_file():
                part.unlink()
