"""What handlers have to work with."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from ..cancel import CancelToken
from ..tasks.job import LEVELS, LogLevel
from ..tasks.task_logger import task_logger
from .children import AnyTask, Children
from .held import Held
from .sleeper import Sleeper
from .steps import Steps
from .suspension import Suspension
from .thrown import message_of, thrown_of

MOST = 2**53 - 1


class BaseContext:
    """What is the same whether the handler is asynchronous or not."""

    def __init__(self, held: Held, lock: threading.RLock, on_note: Callable[[Held], None]) -> None:
        self._held = held
        self._lock = lock
        self._on_note = on_note
        suspension = Suspension(held, lock)
        self._steps = Steps(held, lock, on_note, suspension)
        self._children = Children(held, lock, suspension)
        self._sleeper = Sleeper(held, suspension, self._steps)
        self._logger: logging.Logger | None = None
        self.attempt: int = held.task["attempt"]

    @property
    def cancelled(self) -> CancelToken:
        return self._held.cancelled

    @property
    def logger(self) -> logging.Logger:
        if self._logger is None:
            self._logger = task_logger(self.log)
        return self._logger

    def progress(self, processed: int, total: int | None = None) -> None:
        self._held.cancelled.raise_if_set()
        done, of = _whole(processed, "processed"), None if total is None else _whole(total, "total")
        self._note(lambda: self._held.notes.progress(done, of))

    def error(self, item: str | int | None, error: object) -> None:
        told = thrown_of(error)
        self._note(lambda: self._held.notes.error(None if item is None else str(item), told))

    def log(self, message: str, level: LogLevel = "info") -> None:
        if level not in LEVELS:
            raise TypeError(f"{level!r} is not a log level: use debug, info, warn or error")
        text = message if isinstance(message, str) else message_of(message, 16_384)
        self._note(lambda: self._held.notes.line(level, text))

    def cost(self, micro_usd: int) -> None:
        cost = _whole(micro_usd, "the cost")
        self._note(lambda: self._held.notes.cost(cost))

    def _note(self, note: Callable[[], None]) -> None:
        """What a handler leaves running behind it is not listened to."""
        with self._lock:
            if self._held.is_over:
                return
            note()
        self._on_note(self._held)


class Context(BaseContext):
    """See `TaskContext`."""

    def step(self, name: str, work: Callable[[], Any]) -> Any:
        return self._steps.run(name, work)

    def run(self, task: AnyTask, data: Any, *, name: str | None = None, **options: Any) -> Any:
        return self._children.run(task, [data], name, False, options)[0]

    def run_all(self, task: AnyTask, data: Iterable[Any], *, name: str | None = None, **options: Any) -> list[Any]:
        return self._children.run(task, data, name, True, options)

    def sleep(self, until: float | datetime, *, name: str | None = None) -> None:
        self._sleeper.sleep(until, name)


class AsyncContext(BaseContext):
    """See `AsyncTaskContext`."""

    async def step(self, name: str, work: Callable[[], Any]) -> Any:
        return await self._steps.run_async(name, work)

    async def run(self, task: AnyTask, data: Any, *, name: str | None = None, **options: Any) -> Any:
        return (await self._children.run_async(task, [data], name, False, options))[0]

    async def run_all(
        self, task: AnyTask, data: Iterable[Any], *, name: str | None = None, **options: Any
    ) -> list[Any]:
        return await self._children.run_async(task, data, name, True, options)

    async def sleep(self, until: float | datetime, *, name: str | None = None) -> None:
        await self._sleeper.sleep_async(until, name)


def _whole(value: int, name: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST:
        return value
    raise TypeError(f"{name} is {value!r}: it must be a whole number from 0")
