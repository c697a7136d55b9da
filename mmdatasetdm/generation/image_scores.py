"""Scores of finished images: perceptual hash, agreement with the prompt by CLIP, similarity to real images.

They are no part of a shard, which never changes: ``scores/00007.json`` holds those of the samples of shard 7, and
:meth:`ShardStore.samples` joins them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from tqdm import tqdm

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.conversion import FinishedDataset
from mmdatasetdm.generation.scores import ImageScores
from mmdatasetdm.generation.storage.lock import folder_lock
from mmdatasetdm.generation.storage.shards import ImageScoresFile, ShardStore
from mmdatasetdm.utils.checksum import digest
from mmdatasetdm.utils.io import below, dump_json, read_image, write_atomic
from mmdatasetdm.utils.schema import SCHEMA_VERSION

BATCH = 32


class Clip:
    """CLIP's embeddings, of length 1.

    Args:
        folder: a model of transformers' CLIPModel with its processor: a folder.
        device: where it runs.
    Raises:
        UserError: the folder holds no such model.
    """

    def __init__(self, folder: str | Path, *, device: str = 'cpu'):
        from transformers import CLIPImageProcessor, CLIPModel, CLIPTokenizer

        if not Path(folder, 'config.json').is_file():
            raise UserError(f'{folder} is no folder of a CLIP model: it has no config.json')
        try:
            self.model = CLIPModel.from_pretrained(folder, local_files_only=True, use_safetensors=True)
            self.tokenizer = CLIPTokenizer.from_pretrained(folder, local_files_only=True)
            self.processor = CLIPImageProcessor.from_pretrained(folder, local_files_only=True)
        except (OSError, ValueError, RuntimeError) as error:
            raise UserError(f'{folder} is no folder of a CLIP model: {" ".join(str(error).split())[:160]}') from None
        self.model = self.model.to(device).eval()
        self.device = device

    @torch.inference_mode()
    def images(self, images: Sequence[np.ndarray]) -> Tensor:
        """Images (H, W, 3) uint8 RGB -> (N, D)."""
        inputs = self.processor(images=[Image.fromarray(image) for image in images], return_tensors='pt')
        outputs = self.model.vision_model(pixel_values=inputs['pixel_values'].to(self.device))
        return _unit(self.model.visual_projection(outputs.pooler_output))

    @torch.inference_mode()
    def texts(self, texts: Sequence[str]) -> Tensor:
        """Texts -> (N, D); what is longer than the model reads is cut off."""
        inputs = self.tokenizer(list(texts), padding=True, truncation=True, return_tensors='pt').to(self.device)
        return _unit(self.model.text_projection(self.model.text_model(**inputs).pooler_output))


def _unit(values: Tensor) -> Tensor:
    return torch.nn.functional.normalize(values.float(), dim=-1).cpu()


def phash(image: np.ndarray) -> int:
    """The perceptual hash of an image (H, W, 3) uint8: 64 bits.

    Raises:
        UserError: the package imagehash is not installed.
    """
    try:
        import imagehash
    except ImportError:
        raise UserError("perceptual hashes need the package imagehash: pip install 'mmdatasetdm[filters]'") from None
    return int(str(imagehash.phash(Image.fromarray(image))), 16)


class Reference:
    """Real images, by their hashes and embeddings.

    Args:
        files: the images.
        clip: None: hashes alone.
    """

    def __init__(self, files: Sequence[Path], clip: Clip | None):
        self.identity = digest([str(file.resolve()) for file in files])
        hashes, embeddings = [], []
        for start in range(0, len(files), BATCH):
            images = [read_image(file) for file in files[start : start + BATCH]]
            hashes += [phash(image) for image in images]
            if clip:
                embeddings.append(clip.images(images))
        self.hashes = np.array(hashes, np.uint64)
        self.embeddings = torch.cat(embeddings) if embeddings else None

    def equal_bits(self, value: int) -> float:
        """The greatest fraction of equal bits of a hash and those of the images."""
        different = np.unpackbits((self.hashes ^ np.uint64(value)).view(np.uint8)).reshape(len(self.hashes), 64)
        return 1 - int(different.sum(1).min()) / 64

    def cosine(self, embedding: Tensor) -> float | None:
        """The greatest cosine of an embedding (D,) and those of the images."""
        return None if self.embeddings is None else float((self.embeddings @ embedding).max())


class ImageScorer:
    """Images and their prompts to :class:`ImageScores`.

    Args:
        clip: a folder of a CLIP model; None: without.
        labelled, validation: image files to compare with; none: no comparison.
        device: of CLIP.
    """

    def __init__(
        self,
        *,
        clip: str | Path | None = None,
        labelled: Sequence[Path] = (),
        validation: Sequence[Path] = (),
        device: str = 'cpu',
    ):
        self.clip = Clip(clip, device=device) if clip else None
        given = dict(labelled=labelled, validation=validation)
        self.references = {name: Reference(files, self.clip) for name, files in given.items() if files}
        self.identity = digest(
            dict(
                clip=str(Path(clip).resolve()) if clip else None,
                **{name: one.identity for name, one in self.references.items()},
            )
        )

    def __call__(self, images: Sequence[np.ndarray], prompts: Sequence[str]) -> list[ImageScores]:
        """Images (H, W, 3) uint8 RGB and their prompts -> their scores."""
        drawn = self.clip.images(images) if self.clip else None
        said = self.clip.texts(prompts) if self.clip else None
        made = []
        for row, image in enumerate(images):
            value = phash(image)
            scores: dict[str, float | None] = {}
            for name, one in self.references.items():
                scores[name] = round(one.equal_bits(value), 4)
                if drawn is not None and (cosine := one.cosine(drawn[row])) is not None:
                    scores[f'{name}_clip'] = round(cosine, 4)
            if drawn is not None and said is not None:
                scores['clip'] = round(float(drawn[row] @ said[row]), 4)
            made.append(ImageScores(phash=f'{value:016x}', **scores))
        return made


def score(root: str | Path, scorer: ImageScorer, *, log: Callable[[str], None] = print) -> int:
    """Score the images of a finished data set; those that have such scores already are left.

    Args:
        root: the data set.
        scorer: makes the scores.
        log: takes lines about the run.
    Returns:
        How many samples were scored.
    Raises:
        UserError: there is no finished data set, or another process writes it.
    """
    source = FinishedDataset.open(Path(root))
    store, scored = ShardStore(source.root), 0
    with folder_lock(source.root), tqdm(total=source.plan.num, unit=' images', leave=False, disable=None) as bar:
        for shard in source.plan:
            good = [record for record in store.read(shard.index).samples if not record.failed]
            path = store.image_scores_path(shard.index)
            if not _is_scored(store, shard.index, scorer.identity, [record.id for record in good]):
                found: dict[str, Any] = {}
                for start in range(0, len(good), BATCH):
                    some = good[start : start + BATCH]
                    images = [read_image(below(source.root, record.files['image'])) for record in some]
                    made = scorer(images, [record.prompt for record in some])
                    found |= {str(record.id): asdict(one) for record, one in zip(some, made, strict=True)}
                path.parent.mkdir(exist_ok=True)
                write_atomic(
                    path, dump_json(dict(schema_version=SCHEMA_VERSION, options=scorer.identity, samples=found))
                )
                scored += len(good)
            bar.update(shard.count)
    log(f'{scored} images scored' if scored else 'all images have these scores already')
    return scored


def _is_scored(store: ShardStore, index: int, identity: str, ids: Sequence[int]) -> bool:
    try:
        known: ImageScoresFile | None = store.read_image_scores(index)
    except UserError:  # damaged: it is made again
        return False
    return known is not None and known['options'] == identity and {str(one) for one in ids} <= set(known['samples'])
