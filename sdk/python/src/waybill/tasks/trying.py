"""Running a handler once without a server."""

from __future__ import annotations

import asyncio
import copy
import inspect
import logging
import threading
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Generic, TypedDict, TypeVar, cast

from ..cancel import CancelToken
from ..json_text import Problems, plain_json
from ..times import aware, iso
from .job import LEVELS, AsyncTaskContext, Handler, LogLevel, TaskContext, TaskJob
from .task_logger import task_logger

R = TypeVar("R")


class TryOptions(TypedDict, total=False):
    """What a test may say of the attempt; each has a default that suits most tests."""

    id: str
    attempt: int
    max_attempts: int
    created_at: str
    created_by_id: str
    total_items: int | None
    #: What steps gave in earlier attempts, by name.
    steps: Mapping[str, Any]
    #: What children give, by the name of their type; a function is given their data.
    children: Mapping[str, Any]
    #: Setting it is what a cancel or a time limit does.
    cancelled: CancelToken


@dataclass
class Tried(Generic[R]):
    """What an attempt without a server has said and done."""

    result: R
    #: The latest one: processed and total; None: none was reported.
    progress: tuple[int, int | None] | None = None
    log: list[tuple[LogLevel, str]] = field(default_factory=list)
    errors: list[tuple[str | None, str]] = field(default_factory=list)
    cost_micro_usd: int = 0
    #: Type, name and data of the children that it has started, in order; no name: the default one.
    children: list[tuple[str, str | None, Any]] = field(default_factory=list)
    #: How long it has slept in all: a test does not wait for it.
    slept_seconds: float = 0.0
    #: The results of all steps that are done, by name: what the next attempt would find.
    steps: dict[str, Any] = field(default_factory=dict)


def try_handler(
    type: str,
    handler: Handler,
    data: Any,
    *,
    id: str | None = None,
    attempt: int = 1,
    max_attempts: int = 3,
    created_at: str | None = None,
    created_by_id: str = "test",
    total_items: int | None = None,
    steps: Mapping[str, Any] | None = None,
    children: Mapping[str, Any] | None = None,
    cancelled: CancelToken | None = None,
) -> Tried[Any]:
    """Runs a handler once with what a worker would give it, and notes what it says."""
    job: TaskJob[Any] = TaskJob(
        id or str(uuid.uuid4()), type, data, attempt, max_attempts, created_at or iso(), created_by_id, total_items
    )
    tried: Tried[Any] = Tried(None, steps=copy.deepcopy(dict(steps or {})))
    ctx = _Context(tried, attempt, total_items, cancelled or CancelToken(), children or {})
    if inspect.iscoroutinefunction(handler):
        result = asyncio.run(_awaited(handler, job, cast("AsyncTaskContext", _AsyncContext(ctx))))
    else:
        result = cast("Callable[..., Any]", handler)(job, cast("TaskContext", ctx))
    tried.result = _as_json(result, "result")
    return tried


async def _awaited(handler: Callable[..., Awaitable[Any]], job: TaskJob[Any], ctx: AsyncTaskContext) -> Any:
    return await handler(job, ctx)


class _Context:
    def __init__(
        self, tried: Tried[Any], attempt: int, total: int | None, cancelled: CancelToken, children: Mapping[str, Any]
    ) -> None:
        self._tried = tried
        self._children = children
        self._total = total
        self._lock = threading.Lock()
        self.attempt = attempt
        self.cancelled = cancelled

    @property
    def logger(self) -> logging.Logger:
        return task_logger(self.log)

    def progress(self, processed: int, total: int | None = None) -> None:
        self.cancelled.raise_if_set()
        known = self._tried.progress[1] if self._tried.progress is not None else None
        self._tried.progress = (processed, next((one for one in (total, known, self._total) if one is not None), None))

    def error(self, item: str | int | None, error: object) -> None:
        with self._lock:
            self._tried.errors.append((None if item is None else str(item), str(error)))

    def log(self, message: str, level: LogLevel = "info") -> None:
        if level not in LEVELS:
            raise TypeError(f"{level!r} is not a log level: use debug, info, warn or error")
        with self._lock:
            self._tried.log.append((level, str(message)))

    def cost(self, micro_usd: int) -> None:
        with self._lock:
            self._tried.cost_micro_usd += micro_usd

    def step(self, name: str, work: Callable[[], Any]) -> Any:
        self.cancelled.raise_if_set()
        if name not in self._tried.steps:
            self._tried.steps[name] = _as_json(work(), f"step {name}")
        return copy.deepcopy(self._tried.steps[name])

    def run(self, task: Any, data: Any, *, name: str | None = None, **_: Any) -> Any:
        self.cancelled.raise_if_set()
        definition = getattr(task, "definition", task)
        type = task if isinstance(task, str) else definition.type
        sent = _as_json(data, f"data of {type}") if isinstance(task, str) else definition.encode(data)
        self._tried.children.append((type, name, sent))
        if type not in self._children:
            raise TypeError(f"The test says nothing of children of type {type}: give children={{…}}")
        given = self._children[type]
        result = _as_json(given(sent) if callable(given) else given, f"result of {type}")
        return result if isinstance(task, str) else definition.read_result(result)

    def run_all(self, task: Any, data: Iterable[Any], *, name: str | None = None, **_: Any) -> list[Any]:
        return [self.run(task, one, name=name) for one in data]

    def sleep(self, until: float | datetime, *, name: str | None = None) -> None:
        self.cancelled.raise_if_set()
        if isinstance(until, datetime):
            until = (aware(until) - datetime.now(timezone.utc)).total_seconds()
        self._tried.slept_seconds += max(0.0, until)


class _AsyncContext:
    def __init__(self, ctx: _Context) -> None:
        self._ctx = ctx

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ctx, name)

    async def step(self, name: str, work: Callable[[], Any]) -> Any:
        self._ctx.cancelled.raise_if_set()
        done = self._ctx._tried.steps
        if name not in done:
            result = work()
            result = await result if inspect.isawaitable(result) else result
            done[name] = _as_json(result, f"step {name}")
        return copy.deepcopy(done[name])

    async def run(self, task: Any, data: Any, **options: Any) -> Any:
        return self._ctx.run(task, data, **options)

    async def run_all(self, task: Any, data: Iterable[Any], **options: Any) -> list[Any]:
        return self._ctx.run_all(task, data, **options)

    async def sleep(self, until: float | datetime, *, name: str | None = None) -> None:
        self._ctx.sleep(until, name=name)


def _as_json(value: object, name: str) -> Any:
    problems = Problems()
    plain = plain_json(value, name, problems)
    if problems:
        raise TypeError(f"This is not JSON: {problems.sentence()}")
    return plain
