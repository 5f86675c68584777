"""From JSON to the types of a task's data and result, and what does not fit, by the path of the field."""

from __future__ import annotations

import dataclasses
import enum
import types
import typing
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal, Union
from uuid import UUID

from ..json_text import Problems, path_of

SEQUENCES: frozenset[Any] = frozenset((list, Sequence))
MAPPINGS: frozenset[Any] = frozenset((dict, Mapping))
_SCALARS: dict[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}
_MISSING = object()


class Misfit(Exception):
    """A value that does not fit its type."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{path}: {problem}" for path, problem in fields.items()))
        self.fields = fields


def read(kind: Any, value: Any, name: str) -> Any:
    """The JSON value as its type. `name` is what the paths of its fields begin with.

    Raises Misfit.
    """
    problems = Problems()
    result = _read(kind, value, name, problems)
    if problems:
        raise Misfit(problems.fields)
    return result


def is_model(kind: Any) -> bool:
    """Whether it is a model of pydantic, or anything that does the same."""
    return isinstance(kind, type) and callable(getattr(kind, "model_validate", None))


def is_typed_dict(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, dict) and bool(hasattr(kind, "__required_keys__"))


def is_union(origin: Any) -> bool:
    return origin is Union or origin is types.UnionType


def bare(kind: Any) -> Any:
    """Without Annotated, Required, NotRequired and NewType around it."""
    while True:
        origin = typing.get_origin(kind)
        if origin is typing.Annotated:
            kind = typing.get_args(kind)[0]
        elif getattr(origin, "_name", None) in ("Required", "NotRequired", "ReadOnly"):
            kind = typing.get_args(kind)[0]
        elif hasattr(kind, "__supertype__"):
            kind = kind.__supertype__
        else:
            return kind


def fields_of(kind: type) -> list[tuple[str, Any, bool]]:
    """Name, type and whether it is required, of each field of a dataclass or TypedDict."""
    hints = typing.get_type_hints(kind, include_extras=True)
    if dataclasses.is_dataclass(kind):
        given = dataclasses.MISSING
        return [
            (field.name, hints[field.name], field.default is given and field.default_factory is given)
            for field in dataclasses.fields(kind)
            if field.init
        ]
    return [(name, hint, _is_required(kind, name, hint)) for name, hint in hints.items()]


def _is_required(kind: type, name: str, hint: Any) -> bool:
    # What the class itself says is wrong where its annotations are text.
    marked = str(getattr(typing.get_origin(hint), "_name", ""))
    if marked in ("Required", "NotRequired"):
        return marked == "Required"
    return name in frozenset(getattr(kind, "__required_keys__", ()))


def _read(kind: Any, value: Any, path: str, problems: Problems) -> Any:
    kind = bare(kind)
    if kind is Any or kind is object:
        return value
    if kind is None or kind is type(None):
        return _expect(value is None, value, "null", path, problems)
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if is_union(origin):
        return _union(args, value, path, problems)
    if origin is Literal:
        return _literal(args, value, path, problems)
    if kind in _SCALARS:
        return _scalar(kind, value, path, problems)
    if (origin or kind) in SEQUENCES:
        return _list(args[0] if args else Any, value, path, problems)
    if (origin or kind) is tuple:
        return _tuple(args, value, path, problems)
    if (origin or kind) in MAPPINGS:
        return _dict(args[1] if args else Any, value, path, problems)
    return _class(kind, value, path, problems)


def _class(kind: Any, value: Any, path: str, problems: Problems) -> Any:
    if is_model(kind):
        return _model(kind, value, path, problems)
    if isinstance(kind, type) and (dataclasses.is_dataclass(kind) or is_typed_dict(kind)):
        return _object(kind, value, path, problems)
    try:
        if isinstance(kind, type) and issubclass(kind, enum.Enum):
            return kind(value)
        if kind in (datetime, date, UUID):
            return _text(kind, value, path, problems)
    except ValueError:
        choices = ", ".join(repr(one.value) for one in kind)
        problems.add(path, f"must be one of {choices}")
        return value
    raise TypeError(f"{path} has the type {kind!r}, for which there is no JSON Schema")


def _expect(fits: bool, value: Any, wanted: str, path: str, problems: Problems) -> Any:
    if not fits:
        problems.add(path, f"must be {wanted}")
    return value


def _scalar(kind: Any, value: Any, path: str, problems: Problems) -> Any:
    if kind is bool or isinstance(value, bool):
        return _expect(kind is bool and isinstance(value, bool), value, _SCALARS[kind], path, problems)
    if kind is float and isinstance(value, int):
        return float(value)
    if kind is int and isinstance(value, float) and value.is_integer():
        return int(value)
    return _expect(isinstance(value, kind), value, _SCALARS[kind], path, problems)


def _text(kind: Any, value: Any, path: str, problems: Problems) -> Any:
    wanted = {datetime: "a date and time (ISO 8601)", date: "a date (ISO 8601)", UUID: "a UUID"}[kind]
    try:
        if not isinstance(value, str):
            raise ValueError
        if kind is UUID:
            return UUID(value)
        # Python 3.10 does not know the Z.
        return kind.fromisoformat(value[:-1] + "+00:00" if kind is datetime and value.endswith("Z") else value)
    except ValueError:
        return _expect(False, value, wanted, path, problems)


def _list(entry: Any, value: Any, path: str, problems: Problems) -> Any:
    if not isinstance(value, list):
        return _expect(False, value, "array", path, problems)
    return [_read(entry, one, path_of(path, index), problems) for index, one in enumerate(value)]


def _tuple(args: tuple[Any, ...], value: Any, path: str, problems: Problems) -> Any:
    if len(args) == 2 and args[1] is Ellipsis or not args:
        return tuple(_list(args[0] if args else Any, value, path, problems))
    if not isinstance(value, list) or len(value) != len(args):
        return _expect(False, value, f"array of {len(args)}", path, problems)
    return tuple(_read(kind, one, path_of(path, n), problems) for n, (kind, one) in enumerate(zip(args, value)))


def _dict(kind: Any, value: Any, path: str, problems: Problems) -> Any:
    if not isinstance(value, dict):
        return _expect(False, value, "object", path, problems)
    return {name: _read(kind, one, path_of(path, name), problems) for name, one in value.items()}


def _object(kind: Any, value: Any, path: str, problems: Problems) -> Any:
    if not isinstance(value, dict):
        return _expect(False, value, "object", path, problems)
    found: dict[str, Any] = {}
    wrong = False
    for name, hint, required in fields_of(kind):
        given = value.get(name, _MISSING)
        if given is not _MISSING:
            before = len(problems.fields)
            found[name] = _read(hint, given, path_of(path, name), problems)
            wrong = wrong or len(problems.fields) > before
        elif required:
            problems.add(path_of(path, name), "is required")
            wrong = True
    if wrong or is_typed_dict(kind):
        return found
    try:
        return kind(**found)
    except (ValueError, TypeError) as error:
        # Its own __post_init__ has more to say.
        return _expect(False, value, f"valid: {error}", path, problems)


def _union(args: tuple[Any, ...], value: Any, path: str, problems: Problems) -> Any:
    if value is None and type(None) in args:
        return None
    others = [kind for kind in args if kind is not type(None)]
    if len(others) == 1:
        return _read(others[0], value, path, problems)
    # The type that it has already goes before one that it could be made of.
    for kind in sorted(others, key=lambda one: type(value) is not bare(one)):
        tried = Problems()
        result = _read(kind, value, path, tried)
        if not tried:
            return result
    return _expect(False, value, "one of its alternatives", path, problems)


def _literal(args: tuple[Any, ...], value: Any, path: str, problems: Problems) -> Any:
    if any(value == one and isinstance(value, bool) == isinstance(one, bool) for one in args):
        return value
    choices = ", ".join(repr(one) for one in args)
    return _expect(False, value, f"one of {choices}", path, problems)


def _model(kind: Any, value: Any, path: str, problems: Problems) -> Any:
    try:
        return kind.model_validate(value)
    except ValueError as error:
        errors = getattr(error, "errors", None)
        if not callable(errors):
            return _expect(False, value, f"valid: {error}", path, problems)
        for one in errors():
            place = path
            for part in one["loc"]:
                place = path_of(place, part)
            problems.add(place, "is required" if one["type"] == "missing" else str(one["msg"]))
        return value
