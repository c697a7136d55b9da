"""What a person writes into a recipe: types and ranges are checked once, here, and told with the key's path.

Options are pydantic dataclasses made by :func:`checked`. They are strict: ``'no'`` is no bool, ``2.5`` no whole number,
and ``nan`` no number. :func:`build` makes one from a part of a recipe and turns pydantic's report into one line.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, is_dataclass
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass
from typing_extensions import dataclass_transform

from mmdatasetdm.errors import UserError
from mmdatasetdm.registry import SCOPE, Registry

STRICT = ConfigDict(strict=True, extra='forbid', allow_inf_nan=False, arbitrary_types_allowed=True)
T = TypeVar('T')


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(field,))
def checked(cls: type[T] | None = None, *, frozen: bool = True) -> Any:
    """A strict dataclass of options, keywords only. ``frozen=False``: its ``__post_init__`` may set attributes."""

    def wrap(kind: type[Any]) -> type[Any]:
        return dataclass(frozen=frozen, kw_only=True, config=STRICT)(kind)

    return wrap if cls is None else wrap(cls)


def _one_line(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError('it must be a text in one line, and not empty')
    return text


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _each_once(names: Sequence[str]) -> Sequence[str]:
    twice = next((name for index, name in enumerate(names) if name in names[:index]), None)
    if twice is not None:
        raise ValueError(f'{twice!r} stands there twice')
    return names


Probability = Annotated[float, Field(ge=0, le=1)]
NotNegative = Annotated[float, Field(ge=0)]
Whole = Annotated[int, Field(ge=0)]
Count = Annotated[int, Field(ge=1)]
Text = Annotated[str, AfterValidator(_one_line)]
Names = Annotated[Sequence[Text], AfterValidator(_each_once)]
# one file, or a list of some
Files = Annotated[Sequence[Text], BeforeValidator(_listed)]

_WANTED = dict(
    int_type='a whole number',
    int_parsing_size='a smaller number',
    float_type='a number',
    finite_number='a finite number',
    bool_type='True or False',
    string_type='a text',
    sequence_str='a list',
    mapping_type='a dict(…)',
    dict_type='a dict(…)',
    dataclass_type='a dict(…)',
    dataclass_exact_type='a dict(…)',
    greater_than_equal='{ge:g} or more',
    greater_than='more than {gt:g}',
    less_than_equal='{le:g} or less',
    literal_error='{expected}',
    too_short='a list of {min_length} or more',
)


def build(cls: Callable[..., T], options: Mapping, *, where: str, kind: str | None = None, **given: Any) -> T:
    """``cls(**options, **given)``.

    Args:
        where: the path of ``options`` in the recipe; '' for the recipe itself.
        kind: the ``type`` that chose ``cls``, for the message.
    Raises:
        UserError: an option that is unknown, missing, of another type or out of its range; one line with its path.
    """
    parameters = inspect.signature(cls).parameters
    known = [name for name in parameters if name not in given]
    said = f"{where} (type '{kind}')" if kind else where
    for name in options:
        if name not in known:
            if not where:
                raise UserError(f"recipe: unknown key '{name}'; known are {', '.join(known)}")
            raise UserError(f"recipe: {said} has no option '{name}'; known are {', '.join(known) or 'none'}")
    for name in known:
        if parameters[name].default is inspect.Parameter.empty and name not in options:
            raise UserError(f"recipe: {said} needs '{name}'" if where else f"recipe: '{name}' is missing")
    try:
        return cls(**{name: _nested(parameters[name], value, where, name) for name, value in options.items()}, **given)
    except ValidationError as error:
        raise mistake(error, where) from None


def _nested(parameter: inspect.Parameter, value: Any, where: str, name: str) -> Any:
    """``value``, or the options that it describes where the parameter's default is a dataclass of options."""
    if not is_dataclass(parameter.default) or not isinstance(value, Mapping):
        return value
    return build(type(parameter.default), value, where=f'{where}.{name}'.removeprefix('.'))


def check(kind: Any, value: Any, *, where: str) -> Any:
    """``value``, when it is of the annotated type ``kind``; UserError else."""
    try:
        return TypeAdapter(kind, config=ConfigDict(strict=True, allow_inf_nan=False)).validate_python(value)
    except ValidationError as error:
        raise mistake(error, where) from None


def choose(registry: Registry, kind: Any, *, where: str) -> Any:
    """What ``registry`` has under the name ``kind``, with or without the scope ``mmdatasetdm.``.

    Raises:
        UserError: there is no such kind; the message names the nearest and all.
    """
    registry.import_from_location()
    table = registry.module_dict
    name = kind.removeprefix(f'{SCOPE}.') if isinstance(kind, str) else kind
    if isinstance(name, str) and name in table:
        return table[name]
    close = difflib.get_close_matches(name, table, n=1) if isinstance(name, str) else []
    meant = f'did you mean {close[0]!r}? ' if close else ''
    raise UserError(f'recipe: {where} is {shown(kind)}; {meant}known are {", ".join(map(repr, sorted(table)))}')


def build_kind(registry: Registry, config: Mapping, *, where: str, **given: Any) -> Any:
    """What ``config``, a dict with ``type`` and options, describes: the kind of that name in ``registry``.

    Args:
        where: the path of ``config`` in the recipe.
        given: further arguments, which the recipe does not set there.
    Raises:
        UserError: a kind that is not registered, or an option that :func:`build` does not take.
    """
    options = dict(config)
    kind = options.pop('type', None)
    return build(choose(registry, kind, where=f'{where}.type'), options, where=where, kind=kind, **given)


def mistake(error: ValidationError, where: str) -> UserError:
    """The first of pydantic's findings: 'recipe: sampler.steps is 2.5; it must be a whole number'."""
    found = error.errors(include_url=False)[0]
    reason = found.get('ctx', {}).get('error')
    if isinstance(reason, UserError):
        return reason
    is_key = bool(found['loc']) and found['loc'][-1] == '[key]'
    parts = [f'[{key}]' if isinstance(key, int) else f'.{key}' for key in found['loc'] if key != '[key]']
    path = f'{where}{"".join(parts)}'.removeprefix('.')
    if reason is not None:
        wanted = str(reason)
    elif found['type'] in _WANTED:
        wanted = f'it must be {_WANTED[found["type"]].format(**found.get("ctx", {}))}'
    elif found['type'] == 'is_instance_of' and found['ctx']['class'] in ('Sequence', 'Mapping'):
        wanted = f'it must be {dict(Sequence="a list", Mapping="a dict(…)")[found["ctx"]["class"]]}'
    else:
        wanted = found['msg'].replace('Input should be', 'it must be')
    if not parts and where and reason is not None:  # found by the whole part
        return UserError(f'recipe: {path}: {wanted}')
    return UserError(
        f'recipe: {path} has the key {shown(found["input"])}; {wanted}'
        if is_key
        else f'recipe: {path} is {shown(found["input"])}; {wanted}'
    )


def shown(value: Any) -> str:
    """``repr`` in one short line."""
    text = repr(value)
    return text if len(text) <= 80 else f'{text[:77]}...'
