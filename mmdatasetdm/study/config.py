"""The config of a study: which trainings are compared, on which images, by which metrics."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path

from mmdatasetdm.errors import UserError
from mmdatasetdm.study.metrics import Metric
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

    def listed(self, labels: int) -> str | None:
        """The list of so many labelled images, below the data's folder."""
        return self.train_list.replace('{labels}', str(labels)) if self.train_list else None

    def known_labels(self) -> list[int]:
        """The numbers of labelled images that there are lists of, or decoders' configs where there are no lists."""
        if self.train_list is None:
            return sorted(self.decoders)
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
    return StudyConfig(path=path, **values)


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

    def many(self, key: str, value: object, what: str) -> tuple:
        if isinstance(value, str) or not isinstance(value, Sequence) or not value:
            raise self.error(key, f'a list of {what}', value)
        return tuple(value)

    def metrics(self, value: object) -> tuple[Metric, ...]:
        found = []
        for index, entry in enumerate(self.many('metrics', value, 'dicts with `key` and `name`')):
            try:
                found.append(Metric(**entry))
            except TypeError as error:
                said = str(error).replace('Metric.__init__() ', '')
                raise UserError(f'study {self.path}: metrics[{index}]: {said}') from None
        return tuple(found)

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

    def decoders(self, value: object) -> dict[int, str]:
        found = {}
        for labels, config in self.mapping('decoders', value, 'configs by number of labelled images').items():
            number = self.number('decoders: a key', int(labels) if str(labels).isdigit() else labels)
            found[number] = self.file(f'decoders.{labels}', config)
        if not found:
            raise self.error('decoders', 'configs by number of labelled images', value)
        return found

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
