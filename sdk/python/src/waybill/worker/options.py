"""What may be said of a worker."""

from __future__ import annotations

import json
import logging
import os
import secrets
import socket
import ssl
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..tasks.definition import HandledTask
from ..tasks.job import TaskJob, check_task_type

#: What one request has room for: the others' data is checked by their handlers alone.
SCHEMA_LENGTH = 500_000


@dataclass(frozen=True)
class Settings:
    """Of a worker, as they were checked."""

    server: str
    token: str
    handlers: Mapping[str, Callable[..., Any]]
    #: JSON Schemas of the data, by type, where they are known.
    schemas: Mapping[str, Any]
    concurrency: int
    #: None: as it turns out.
    prefetch: int | None
    lease_seconds: float
    shutdown_seconds: float
    worker_id: str
    logger: logging.Logger
    on_error: Callable[[BaseException, TaskJob[Any] | None], object] | None
    catch_stray: bool
    capture_logging: bool
    ssl_context: ssl.SSLContext | None

    @property
    def types(self) -> list[str]:
        return list(self.handlers)


def handlers_of(
    handlers: Mapping[str, Callable[..., Any]], tasks: Iterable[HandledTask[Any, Any]]
) -> dict[str, Callable[..., Any]]:
    """All handlers by their types.

    Raises TypeError when one is none, or two are for one type; ValueError when there are none, or too many.
    """
    every: dict[str, Callable[..., Any]] = {}
    for name, handler in handlers.items():
        check_task_type(name)
        if isinstance(handler, HandledTask):
            raise TypeError(f"the handler of {name} is that of a typed task: give it to the worker as one of its tasks")
        if not callable(handler):
            raise TypeError(f"the handler of {name} is not callable")
        every[name] = handler
    for task in tasks:
        if not isinstance(task, HandledTask):
            raise TypeError(f"{task!r} is no task with a handler: use define_task(…).handle(…)")
        if task.type in every:
            raise TypeError(f"there are two handlers for tasks of type {task.type}")
        every[task.type] = task.handler
    if not 1 <= len(every) <= 100:
        raise ValueError(f"a worker has handlers for 1 to 100 types, and these are {len(every)}")
    return every


def schemas_of(tasks: Iterable[HandledTask[Any, Any]]) -> dict[str, Any]:
    """By type, as many as one request has room for."""
    left = SCHEMA_LENGTH
    schemas: dict[str, Any] = {}
    for task in tasks:
        left -= len(json.dumps(task.input_schema))
        if left >= 0:
            schemas[task.type] = task.input_schema
    return schemas


def whole_in_range(name: str, value: object, least: int, most: int) -> int:
    """Raises ValueError."""
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return value
    raise ValueError(f"{name} is {value!r}: it must be a whole number from {least:,} to {most:,}")


def seconds_in_range(name: str, value: object, least: float, most: float) -> float:
    """Raises ValueError."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and least <= value <= most:
        return float(value)
    raise ValueError(f"{name} is {value!r}: it must be seconds, from {least:g} to {most:g}")


def worker_id_of(given: str | None) -> str:
    """Of its own for every process; made of the machine's name unless given. Raises ValueError."""
    worker_id = f"{socket.gethostname()[:100]}-{os.getpid()}-{secrets.token_hex(4)}" if given is None else given
    if not 1 <= len(worker_id) <= 200:
        raise ValueError("worker_id must have 1 to 200 characters")
    return worker_id
