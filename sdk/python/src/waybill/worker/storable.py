"""What a server can keep of a result."""

from __future__ import annotations

from typing import Any

from ..json_text import Problems, dumps, plain_json
from .thrown import shortened

#: Of a result's JSON in UTF-8, by the contract.
MAX_BYTES = 256 * 1024


class NotStorable(Exception):
    """The same handler would give the same again."""


def storable(result: object, what: str, name: str = "result") -> tuple[Any, int]:
    """A copy as it will be read, and the bytes of its JSON. `what` the value is: "The handler's result".

    Raises NotStorable.
    """
    problems = Problems()
    value = plain_json(result, name, problems)
    if problems:
        path, problem = next(iter(problems.fields.items()))
        raise NotStorable(shortened(f"{what} cannot be stored: {path} {problem}.", 2_000))
    size = len(dumps(value))
    if size > MAX_BYTES:
        raise NotStorable(f"{what} has {size} bytes of JSON, and {MAX_BYTES} is the most.")
    return value, size
