"""The config of a study: which trainings are compared, on which images, by which metrics."""

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any

from mmdatasetdm.errors import UserError
from mmdatasetdm.study.costs import Costs
from mmdatasetdm.study.metrics import Metric
from mmdatasetdm.study.overrides import Overrides
from mmdatasetdm.study.paper import Paper, PaperRow
from mmdatasetdm.utils.config import read_keys
from mmdatasetdm.utils.paths import locate

MIXED = 'real+synthetic'
SETTINGS = ('real', 'synthetic', MIXED)
PARTS = ('val', 'test')


def in_file_names(setting: str) -> str:
    """A setting as names of files and folders have it: 'real-synthetic'."""
    return setting.replace('+', '-')


@dataclass(frozen=True, kw_only=True)
class StudyConfig:
    """What ``configs/studies/*.py`` says. Config files are named as in a recipe: from the working folder, or ours.

    Args:
        path: the study's config file.
        task: the task's name in results and tables.
        metrics: the first is the most important.
        models: configs of the stock models by name and setting (real, synthetic, real+synthetic); the first model is
            the default. A string with ``{setting}`` stands for all three settings: ``{setting}`` is ``real``,
            ``synthetic`` or ``real-synthetic``.
        decoders: the decoder's config by the number of labelled images; the first one serves the numbers that have
            none of their own.
        recipe: of the generated images.
        annotator: the decoder's name in the recipe; None: the task.
        data_root: folder of the labelled images.
        train_list: the file that lists the labelled training images, below ``data_root``, with ``{labels}``; None:
            the list that each config names, so that each number of labels needs a decoder's config of its own.
        test_list: the file that lists the test images; None: the validation images that each config names.
        styles: lists of further test images, by name.
        list_key: what a data set's config calls its list.
        evaluator_keys: keys in the evaluators of ``val`` and ``test`` that name the list's file too.
        labels: numbers of labelled images that are compared; None: those of ``decoders``.
        seeds: of decoders and stock models.
        settings: those that are compared.
        num: generated images.
        iterations: of every stock model in every setting; None keeps those of the models' configs.
        ratio: real and synthetic images in setting real+synthetic.
        unseen: classes that no label shows (open vocabulary); None: no class is hidden.
        labelled: keys of the labelled data set (FewShotDataset) by the number of labelled images, e.g.
            ``{60: dict(per_class=3)}``, where it is chosen by a rule and not by a list.
        overrides: what stock models have otherwise than their configs say, by name: :class:`Overrides`.
        data_download: what to download, and where to put it; said where ``data_root`` is not there.
        paper: the published numbers that are shown beside ours; with them all models are compared by default.
        costs: operations, parameters and bytes, for the estimates of ``--dry-run``.
    """

    path: Path
    task: str
    metrics: tuple[Metric, ...]
    models: Mapping[str, Mapping[str, str]]
    decoders: Mapping[int, str]
    recipe: str
    data_root: str
    annotator: str | None = None
    train_list: str | None = None
    test_list: str | None = None
    styles: Mapping[str, str] = field(default_factory=dict)
    list_key: str = 'ann_file'
    evaluator_keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    labels: tuple[int, ...] | None = None
    seeds: tuple[int, ...] = (0, 1, 2)
    settings: tuple[str, ...] = SETTINGS
    num: int = 2000
    iterations: int | None = None
    ratio: tuple[float, float] = (1, 1)
    unseen: tuple[str, ...] | None = None
    labelled: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    overrides: Mapping[str, Overrides] = field(default_factory=dict)
    data_download: str = ''
    paper: Paper | None = None
    costs: Costs = field(default_factory=Costs)

    def listed(self, labels: int) -> str | None:
        """The list of so many labelled images, below the data's folder."""
        return self.train_list.replace('{labels}', str(labels)) if self.train_list else None

    def known_labels(self) -> list[int]:
        """The numbers of labelled images that there are lists of, or decoders' configs where there are no lists."""
        if self.train_list is None:
            return sorted({*self.decoders, *self.labelled})
        before, found, after = self.train_list.partition('{labels}')
        if not found:
            return sorted(self.labels or self.decoders)
        names = [str(path.relative_to(self.data_root)) for path in Path(self.data_root).glob(f'{before}*{after}')]
        numbers = [name[len(before) : len(name) - len(after)] for name in names]
        return sorted(int(number) for number in numbers if number.isdigit())


def load_study_config(path: str | Path) -> StudyConfig:
    """Read and check the config of a study.

    Raises:
        UserError: one line that says which key is wrong.
    """
    if not (path := locate(path)).is_file():
        raise UserError(f'study {path}: there is no such file')
    known = {entry.name: entry for entry in fields(StudyConfig) if entry.name != 'path'}
    config = read_keys(path, what='study', known=known)
    given = {key: value for key, value in config.items() if not key.startswith('_')}
    for key in given:
        if key not in known:
            close = difflib.get_close_matches(key, known, n=1)
            raise UserError(f'study {path} has a key `{key}`{f"; did you mean `{close[0]}`?" if close else ""}')
    for key, entry in known.items():
        if key not in given and entry.default is MISSING and entry.default_factory is MISSING:
            raise UserError(f'study {path} has no `{key}`')
    read = _Reader(path=path)
    values = {
        key: getattr(read, key)(value) if hasattr(read, key) else read.text(key, value)
        for key, value in given.items()
        if value is not None
    }
    study = StudyConfig(path=path, **values)
    _check_names(study)
    return study


def _check_names(study: StudyConfig) -> None:
    """Whatever names a model or a metric names one of the study's.

    Raises:
        UserError: it does not.
    """
    rows = study.paper.rows if study.paper else ()
    models = [('overrides', name) for name in study.overrides] + [('paper', row.model) for row in rows]
    for key, name in models:
        if name not in study.models:
            raise UserError(f'study {study.path}: {key}: there is no model {name}; known are {", ".join(study.models)}')
    metrics = [metric.name for metric in study.metrics]
    if wrong := next((name for row in rows for name in row.scores if name not in metrics), None):
        raise UserError(f'study {study.path}: paper: there is no metric {wrong}; known are {", ".join(metrics)}')
    costs = study.costs
    stems = [Path(config).stem for configs in study.models.values() for config in configs.values()]
    if costs.machine and (absent := next((stem for stem in stems if costs.network(stem) is None), None)):
        raise UserError(f'study {study.path}: costs.networks has no pattern that fits {absent}')


@dataclass(frozen=True, kw_only=True)
class _Reader:
    """Turns each key of a study's config into what :class:`StudyConfig` holds; other keys are text."""

    path: Path

    def error(self, key: str, must: str, value: object) -> UserError:
        return UserError(f'study {self.path}: {key} must be {must}, not {value!r}')

    def text(self, key: str, value: object) -> str:
        if not isinstance(value, str) or not value:
            raise self.error(key, 'a text', value)
        return value

    def number(self, key: str, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise self.error(key, 'a whole number of 1 or more', value)
        return value

    def file(self, key: str, value: object) -> str:
        if not locate(self.text(key, value)).is_file():
            raise UserError(f'study {self.path}: {key}: there is no file {value}')
        return value

    def mapping(self, key: str, value: object, what: str) -> Mapping:
        if not isinstance(value, Mapping):
            raise self.error(key, f'a dict of {what}', value)
        return value

    def built(self, key: str, kind: Callable, value: object) -> Any:
        """A dataclass of a dict's keys."""
        try:
            return kind(**self.mapping(key, value, 'keys'))
        except TypeError as error:
            said = str(error).replace(f'{kind.__name__}.__init__() ', '')
            raise UserError(f'study {self.path}: {key}: {said}') from None

    def many(self, key: str, value: object, what: str) -> tuple:
        if isinstance(value, str) or not isinstance(value, Sequence) or not value:
            raise self.error(key, f'a list of {what}', value)
        return tuple(value)

    def metrics(self, value: object) -> tuple[Metric, ...]:
        entries = self.many('metrics', value, 'dicts with `key` and `name`')
        return tuple(self.built(f'metrics[{index}]', Metric, entry) for index, entry in enumerate(entries))

    def models(self, value: object) -> dict[str, dict[str, str]]:
        found = {}
        for name, configs in self.mapping('models', value, 'configs by name').items():
            if isinstance(configs, str):
                configs = {setting: configs.replace('{setting}', in_file_names(setting)) for setting in SETTINGS}
            configs = self.mapping(f'models.{name}', configs, f'configs by setting ({", ".join(SETTINGS)})')
            for setting in configs:
                if setting not in SETTINGS:
                    raise UserError(
                        f'study {self.path}: models.{name}: there is no setting {setting}; known are '
                        f'{", ".join(SETTINGS)}'
                    )
            found[name] = {key: self.file(f'models.{name}.{key}', config) for key, config in configs.items()}
        if not found:
            raise self.error('models', 'configs by name', value)
        return found

    def numbered(self, key: str, value: object, what: str) -> dict[int, Any]:
        """A dict whose keys are numbers of labelled images."""
        found = self.mapping(key, value, f'{what} by number of labelled images')
        if not found:
            raise self.error(key, f'{what} by number of labelled images', value)
        return {
            self.number(f'{key}: a key', int(labels) if str(labels).isdigit() else labels): entry
            for labels, entry in found.items()
        }

    def decoders(self, value: object) -> dict[int, str]:
        found = self.numbered('decoders', value, 'configs')
        return {labels: self.file(f'decoders.{labels}', config) for labels, config in found.items()}

    def labelled(self, value: object) -> dict[int, Mapping]:
        found = self.numbered('labelled', value, 'dicts')
        return {labels: self.mapping(f'labelled.{labels}', keys, 'keys') for labels, keys in found.items()}

    def overrides(self, value: object) -> dict[str, Overrides]:
        found = self.mapping('overrides', value, 'dicts by model')
        return {name: self.built(f'overrides.{name}', Overrides, keys) for name, keys in found.items()}

    def paper(self, value: object) -> Paper:
        given = dict(self.mapping('paper', value, 'source and rows'))
        rows = self.many('paper.rows', given.pop('rows', None), 'dicts')
        built = tuple(self.built(f'paper.rows[{index}]', PaperRow, row) for index, row in enumerate(rows))
        return self.built('paper', Paper, dict(given, rows=built))

    def costs(self, value: object) -> Costs:
        return self.built('costs', Costs, value)

    def recipe(self, value: object) -> str:
        return self.file('recipe', value)

    def data_root(self, value: object) -> str:
        root = Path(self.text('data_root', value)).expanduser()
        # a config names its folder relative to itself; the commands and tables of a study should not show that
        return str(root.resolve() if '..' in root.parts else root)

    def styles(self, value: object) -> dict[str, str]:
        found = self.mapping('styles', value, 'lists by name')
        return {name: self.text(f'styles.{name}', path) for name, path in found.items()}

    def evaluator_keys(self, value: object) -> dict[str, tuple[str, ...]]:
        found = self.mapping('evaluator_keys', value, 'keys of val and test')
        if wrong := next((part for part in found if part not in PARTS), None):
            raise UserError(f'study {self.path}: evaluator_keys.{wrong}: known are val and test')
        return {part: self.many(f'evaluator_keys.{part}', keys, 'keys') for part, keys in found.items()}

    def labels(self, value: object) -> tuple[int, ...]:
        return tuple(self.number('labels', number) for number in self.many('labels', value, 'numbers'))

    def seeds(self, value: object) -> tuple[int, ...]:
        found = self.many('seeds', value, 'numbers')
        return tuple(self.number('seeds', seed) if seed != 0 else 0 for seed in found)

    def settings(self, value: object) -> tuple[str, ...]:
        return tuple(self.text('settings', setting) for setting in self.many('settings', value, 'settings'))

    def num(self, value: object) -> int:
        return self.number('num', value)

    def iterations(self, value: object) -> int:
        return self.number('iterations', value)

    def ratio(self, value: object) -> tuple[float, float]:
        found = self.many('ratio', value, 'two numbers, of real and synthetic images')
        if len(found) != 2 or not all(isinstance(part, int | float) for part in found):
            raise self.error('ratio', 'two numbers, of real and synthetic images', value)
        return found

    def unseen(self, value: object) -> tuple[str, ...]:
        return tuple(self.text('unseen', name) for name in self.many('unseen', value, 'classes'))
