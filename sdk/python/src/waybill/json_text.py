"""What JSON has, and what a server could keep as it is."""

from __future__ import annotations

import dataclasses
import enum
import json
import math
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

#: Of one field: servers take no more.
MAX_DEPTH = 64
MAX_PROBLEMS = 20
MAX_NAME = 100


class Problems:
    """What is wrong with a value, by the path of the field: `data.rows.3.email`."""

    def __init__(self) -> None:
        self.fields: dict[str, str] = {}

    def __bool__(self) -> bool:
        return bool(self.fields)

    def add(self, path: str, problem: str) -> None:
        """Keeps the first problem of a path."""
        if len(self.fields) < MAX_PROBLEMS:
            self.fields.setdefault(path, problem)

    def sentence(self) -> str:
        return "; ".join(f"{path or 'it'} {problem}" for path, problem in self.fields.items())


def path_of(parent: str, name: str | int) -> str:
    part = str(name)
    if len(part) > MAX_NAME:
        part = part[:MAX_NAME] + "…"
    return f"{parent}.{part}" if parent else part


def plain_json(value: object, path: str, problems: Problems) -> Any:
    """A copy of a value as JSON has it. Dataclasses, enums, dates, UUIDs and models of pydantic become what stands
    for them; what `json.dumps` would refuse, or change without a word, is a problem.
    """
    return _plain(value, path, problems, 0, [])


def dumps(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _plain(value: object, path: str, problems: Problems, depth: int, inside: list[int]) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, enum.Enum):
        return _plain(value.value, path, problems, depth, inside)
    if isinstance(value, str):
        return _text(value, path, "has a NUL or half a surrogate pair", problems)
    if isinstance(value, (int, float)):
        return _number(value, path, problems)
    if isinstance(value, (date, UUID)):
        return value.isoformat() if isinstance(value, date) else str(value)
    if depth >= MAX_DEPTH:
        problems.add(path, f"is nested deeper than {MAX_DEPTH} levels")
        return None
    if id(value) in inside:
        problems.add(path, "contains itself")
        return None
    inside.append(id(value))
    try:
        return _container(value, path, problems, depth, inside)
    finally:
        inside.pop()


def _container(value: object, path: str, problems: Problems, depth: int, inside: list[int]) -> Any:
    if isinstance(value, (list, tuple)):
        return [
            _plain(entry, path_of(path, index), problems, depth + 1, inside) for index, entry in enumerate(value)
        ]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = [field.name for field in dataclasses.fields(value)]
        return {
            name: _plain(getattr(value, name), path_of(path, name), problems, depth + 1, inside) for name in fields
        }
    if isinstance(value, Mapping):
        copy: dict[str, Any] = {}
        for name, entry in value.items():
            if not isinstance(name, str):
                problems.add(path, f"has a name that is no text: {type(name).__name__}")
                continue
            _text(name, path_of(path, name), "has a name with a NUL or half a surrogate pair", problems)
            copy[name] = _plain(entry, path_of(path, name), problems, depth + 1, inside)
        return copy
    dump = getattr(value, "model_dump", None)
    if callable(dump) and not isinstance(value, type):
        return _plain(dump(mode="json"), path, problems, depth + 1, inside)
    advice = ": send its bytes as base64" if isinstance(value, (bytes, bytearray)) else ""
    problems.add(path, f"is a {type(value).__name__}, which JSON does not have{advice}")
    return None


def _text(value: str, path: str, problem: str, problems: Problems) -> str:
    if "\0" not in value:
        try:
            value.encode()
            return value
        except UnicodeEncodeError:
            pass
    problems.add(path, problem)
    return ""


def _number(value: int | float, path: str, problems: Problems) -> int | float:
    if isinstance(value, int):
        try:
            if float(value) == value:
                return int(value)
        except OverflowError:
            pass
        problems.add(path, "is a number that a double cannot represent exactly: send it as a string")
        return 0
    if math.isfinite(value):
        return float(value)
    problems.add(path, f"is {value}, which JSON does not have")
    return 0
