"""The ``results.json`` of a study: what its decoders and generated images were, and reading the file."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mmdatasetdm.errors import UserError
from mmdatasetdm.study.config import MIXED
from mmdatasetdm.study.metrics import Metric


def decoder_scores(decoders: Mapping[tuple[int, int], Sequence[Path]]) -> list[dict]:
    """What finished decoders reach on the validation images.

    Args:
        decoders: the work folders by (labels, seed), more than one where predictions are averaged.

    Returns:
        A dict for each with ``labels``, ``seed`` and ``scores`` {metric: value}.
    """
    found = []
    for (labels, seed), folders in decoders.items():
        for path in (folder / 'decoder.json' for folder in folders):
            if path.is_file():
                scores = json.loads(path.read_text(encoding='utf-8'))['scores']
                found.append(dict(labels=labels, seed=seed, scores=scores))
    return found


def generated_images(folders: Mapping[tuple[int, int], Path]) -> list[dict]:
    """How many images of finished generated sets the filters select.

    Args:
        folders: the generated folders by (labels, seed) of the decoder.

    Returns:
        A dict for each with ``labels``, ``seed``, ``samples`` and ``selected``.
    """
    found = []
    for (labels, seed), folder in folders.items():
        path = folder / 'dataset.json'
        if path.is_file():
            dataset = json.loads(path.read_text(encoding='utf-8'))
            counts = {name: dataset[name] for name in ('samples', 'selected')}
            found.append(dict(labels=labels, seed=seed, **counts))
    return found


@dataclass(frozen=True, kw_only=True)
class Results:
    """A ``results.json`` that :meth:`mmdatasetdm.study.Study.write` wrote.

    Args:
        name: the file's name without suffix.
        command: what was typed.
        num: generated images.
        iterations: of every stock model; None: those of their configs.
        decoders: decoders whose predictions are averaged.
        unseen: classes that no label shows; None: no class is hidden.
        seeds: of decoders and stock models.
        metrics: as :class:`Metric` has them, those of further styles included.
        models: the configs of each stock model by setting.
        runs: as :func:`mmdatasetdm.study.summarize` takes them.
        decoder_scores: of each decoder on the validation images: ``labels``, ``seed``, ``scores``.
        generated: of each set of generated images: ``labels``, ``seed``, ``samples``, ``selected``.
    """

    name: str
    command: str
    num: int
    iterations: int | None
    decoders: int
    unseen: Sequence[str] | None
    seeds: Sequence[int]
    metrics: Sequence[Metric]
    models: Mapping[str, Mapping[str, str]]
    runs: Sequence[dict]
    decoder_scores: Sequence[dict]
    generated: Sequence[dict]

    @classmethod
    def load(cls, path: Path) -> 'Results':
        """Read a file.

        Raises:
            UserError: it is no ``results.json``, or one of a version that wrote less.
        """
        mend = 'write it again with `python tools/study.py CONFIG --out … --table` and copy its results.json'
        try:
            content = json.loads(path.read_text(encoding='utf-8'))
            metrics = [Metric(**metric) for metric in content['metrics']]
            rest = {key: content[key] for key in cls.__annotations__ if key not in ('name', 'metrics')}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UserError(f"{path} is not a study's results.json of today ({error!r}): {mend}") from None
        return cls(name=path.stem, metrics=metrics, **rest)

    def of_folder(self, folder: str) -> dict[str, str]:
        """The stock models whose configs are in ``configs/FOLDER``, and their names, with * for the setting."""

        def name(configs: Mapping[str, str]) -> str:
            config = configs.get(MIXED) or next(iter(configs.values()))
            return re.sub(r'real-synthetic|real|synthetic', '*', Path(config).stem)

        return {
            model: name(configs)
            for model, configs in self.models.items()
            if all(Path(config).parent.as_posix() == f'configs/{folder}' for config in configs.values())
        }
