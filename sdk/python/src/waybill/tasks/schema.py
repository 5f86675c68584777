"""The JSON Schema (draft 2020-12) of a type, which servers check the data of new tasks by."""

from __future__ import annotations

import dataclasses
import enum
import typing
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from .values import MAPPINGS, SEQUENCES, bare, fields_of, is_model, is_typed_dict, is_union

_PLAIN: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    type(None): {"type": "null"},
    None: {"type": "null"},
    Any: {},
    object: {},
    datetime: {"type": "string", "format": "date-time"},
    date: {"type": "string", "format": "date"},
    UUID: {"type": "string", "format": "uuid"},
}


def json_schema_of(kind: Any) -> dict[str, Any]:
    """Raises TypeError for a type that JSON has nothing for."""
    schemas = _Schemas()
    schema = schemas.of(kind)
    if list(schema) == ["$ref"] and schemas.uses[schema["$ref"].rpartition("/")[2]] == 1:
        # The type itself stands at the top, unless something in it refers to it.
        schema = schemas.definitions.pop(schema["$ref"].rpartition("/")[2])
    return {**schema, **({"$defs": schemas.definitions} if schemas.definitions else {})}


class _Schemas:
    def __init__(self) -> None:
        self.definitions: dict[str, dict[str, Any]] = {}
        #: How often each is referred to.
        self.uses: dict[str, int] = {}
        self._names: dict[Any, str] = {}

    def of(self, kind: Any) -> dict[str, Any]:
        kind = bare(kind)
        origin, args = typing.get_origin(kind), typing.get_args(kind)
        if is_union(origin):
            return {"anyOf": [self.of(one) for one in args]}
        if origin is Literal:
            return {"enum": list(args)}
        if (origin or kind) in SEQUENCES:
            return {"type": "array", **({"items": self.of(args[0])} if args else {})}
        if (origin or kind) is tuple:
            return self._tuple(args)
        if (origin or kind) in MAPPINGS:
            if args and bare(args[0]) is not str:
                raise TypeError(f"{kind!r} has names that are no text, which JSON does not have")
            return {"type": "object", **({"additionalProperties": self.of(args[1])} if args else {})}
        try:
            if kind in _PLAIN:
                return dict(_PLAIN[kind])
        except TypeError:
            pass
        return self._class(kind)

    def _tuple(self, args: tuple[Any, ...]) -> dict[str, Any]:
        if not args:
            return {"type": "array"}
        if len(args) == 2 and args[1] is Ellipsis:
            return {"type": "array", "items": self.of(args[0])}
        return {
            "type": "array",
            "prefixItems": [self.of(one) for one in args],
            "minItems": len(args),
            "maxItems": len(args),
        }

    def _class(self, kind: Any) -> dict[str, Any]:
        if isinstance(kind, type) and issubclass(kind, enum.Enum):
            return {"enum": [one.value for one in kind]}
        if is_model(kind):
            return self._model(kind)
        if isinstance(kind, type) and (dataclasses.is_dataclass(kind) or is_typed_dict(kind)):
            if kind not in self._names:
                name = self._named(kind)
                self.definitions[name] = {}
                self.definitions[name] = self._object(kind)
            return self._refer(self._names[kind])
        raise TypeError(
            f"{kind!r} has no JSON Schema: use dataclasses, TypedDict, models of pydantic, str, int, float, bool, "
            "None, list, tuple, dict, Literal, Enum, datetime, date, UUID, or any of them by `|`"
        )

    def _object(self, kind: type) -> dict[str, Any]:
        fields = fields_of(kind)
        properties = {name: self.of(hint) for name, hint, _ in fields}
        required = [name for name, _, is_required in fields if is_required]
        return {"type": "object", "properties": properties, **({"required": required} if required else {})}

    def _model(self, kind: Any) -> dict[str, Any]:
        """With its definitions beside ours."""
        if kind not in self._names:
            name = self._named(kind)
            self.definitions[name] = {}
            schema = dict(kind.model_json_schema())
            inner: dict[str, Any] = schema.pop("$defs", {})
            renamed = {old: f"{name}.{old}" for old in inner}
            self.definitions[name] = _pointed(schema, renamed)
            for old, one in inner.items():
                self.definitions[renamed[old]] = _pointed(one, renamed)
        return self._refer(self._names[kind])

    def _named(self, kind: Any) -> str:
        name, number = str(kind.__name__), 1
        while name in self.definitions:
            number += 1
            name = f"{kind.__name__}{number}"
        self._names[kind] = name
        self.uses[name] = 0
        return name

    def _refer(self, name: str) -> dict[str, Any]:
        self.uses[name] += 1
        return {"$ref": f"#/$defs/{name}"}


def _pointed(schema: Any, renamed: dict[str, str]) -> Any:
    if isinstance(schema, list):
        return [_pointed(one, renamed) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: f"#/$defs/{renamed.get(value.rpartition('/')[2], value.rpartition('/')[2])}"
        if key == "$ref" and isinstance(value, str) and value.startswith("#/$defs/")
        else _pointed(value, renamed)
        for key, value in schema.items()
    }
