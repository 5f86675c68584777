"""What a handler is given."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypedDict, TypeVar, Union, overload

from ..cancel import CancelToken

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .definition import TaskDefinition

D = TypeVar("D")
I = TypeVar("I")  # noqa: E741
O = TypeVar("O")  # noqa: E741
T = TypeVar("T")

LogLevel = Literal["debug", "info", "warn", "error"]
LEVELS: tuple[LogLevel, ...] = ("debug", "info", "warn", "error")


@dataclass(frozen=True)
class TaskJob(Generic[D]):
    """A task as its handler is given it."""

    id: str
    type: str
    #: What was submitted.
    data: D
    #: Which attempt this is, from 1.
    attempt: int
    max_attempts: int
    #: ISO 8601.
    created_at: str
    created_by_id: str
    #: None: whoever submitted it did not say.
    total_items: int | None = None
    #: W3C traceparent of the request that submitted it, or None.
    traceparent: str | None = None


class ChildOptions(TypedDict, total=False):
    """What may be said of a child beside its data; it goes before what its definition says. Times are seconds."""

    #: By which an attempt finds the child again: unique among those of the task, up to 100 characters. Its type unless
    #: given, numbered from the second one on in the order of the calls. Those of `run_all` are numbered.
    name: str
    priority: int
    max_attempts: int
    #: The first and the longest delay between attempts.
    backoff: tuple[float, float]
    #: Of one attempt; None: none.
    time_limit: float | None
    total_items: int
    concurrency_key: str
    labels: Mapping[str, str]


class AnyTaskContext(Protocol):
    """What handlers of both sorts have to work with."""

    @property
    def attempt(self) -> int: ...

    @property
    def cancelled(self) -> CancelToken:
        """Set when the handler is to stop soon: look at it in loops, wait by it, give it to calls of a client. Its
        `reason` is a CanceledError, TimedOutError, ShutdownError or LeaseLostError of `waybill`.
        """

    @property
    def logger(self) -> logging.Logger:
        """Writes to the task's log."""

    def progress(self, processed: int, total: int | None = None) -> None:
        """How far it is, for those who watch; the total stays as it was if left out. Only the newest value is sent,
        some times a second. Raises the reason of `cancelled` once that is set.
        """

    def error(self, item: str | int | None, error: object) -> None:
        """Notes what went wrong with one item, while the task goes on: in words, or what was raised. The newest 100
        are kept.
        """

    def log(self, message: str, level: LogLevel = "info") -> None:
        """A line of the task's log. The newest 10,000 are kept."""

    def cost(self, micro_usd: int) -> None:
        """What the attempt has cost beside what was said before. Micro-dollars."""


class TaskContext(AnyTaskContext, Protocol):
    """What a handler has to work with."""

    def step(self, name: str, work: Callable[[], T]) -> T:
        """A checkpoint: does the work, unless an earlier attempt has, and returns its result, which is JSON. Returns
        when the result is stored with the task, so that no later attempt does it again. Work that was done and not
        yet stored when its worker died is done once more. Names are unique within a task, 1 to 100 characters; a task
        keeps up to 100 steps and 256 KB of results.
        """

    @overload
    def run(self, task: TaskDefinition[I, O], data: I, **options: Unpack[ChildOptions]) -> O:
        """Starts another task as a part of this one, and gives its result once it has completed. Until then this task
        holds no worker and no slot: the attempt is interrupted by a `SuspendedError`, and goes on by running the handler
        again from its start, which finds children, sleeps and steps by their names. Raises TaskFailed or TaskCanceled.
        """

    @overload
    def run(self, task: str, data: Any, **options: Unpack[ChildOptions]) -> Any: ...

    @overload
    def run_all(self, task: TaskDefinition[I, O], data: Iterable[I], **options: Unpack[ChildOptions]) -> list[O]:
        """Several of a type at the same time; their results in the order of the data."""

    @overload
    def run_all(self, task: str, data: Iterable[Any], **options: Unpack[ChildOptions]) -> list[Any]: ...

    def sleep(self, until: float | datetime, *, name: str | None = None) -> None:
        """Waits for so many seconds, or until a time, at most 366 days. Longer than a second, the attempt is interrupted
        as it is by `run`, and goes on then.
        """


class AsyncTaskContext(AnyTaskContext, Protocol):
    """What a handler that is `async def` has to work with."""

    @overload
    async def step(self, name: str, work: Callable[[], Awaitable[T]]) -> T:
        """A checkpoint, as that of handlers that are no coroutines; `work` may be a coroutine function."""

    @overload
    async def step(self, name: str, work: Callable[[], T]) -> T: ...

    @overload
    async def run(self, task: TaskDefinition[I, O], data: I, **options: Unpack[ChildOptions]) -> O:
        """Starts another task and waits for it, as that of handlers that are no coroutines."""

    @overload
    async def run(self, task: str, data: Any, **options: Unpack[ChildOptions]) -> Any: ...

    @overload
    async def run_all(self, task: TaskDefinition[I, O], data: Iterable[I], **options: Unpack[ChildOptions]) -> list[O]:
        """Several of a type at the same time; their results in the order of the data."""

    @overload
    async def run_all(self, task: str, data: Iterable[Any], **options: Unpack[ChildOptions]) -> list[Any]: ...

    async def sleep(self, until: float | datetime, *, name: str | None = None) -> None:
        """Waits, as that of handlers that are no coroutines."""


SyncHandler = Callable[[TaskJob[Any], TaskContext], Any]
AsyncHandler = Callable[[TaskJob[Any], AsyncTaskContext], Awaitable[Any]]
#: Does a task; returns its result, which must be JSON of up to 256 KB. What it raises fails the attempt, see
#: `DoNotRetry` and `RetryAfter`. It may be called again for the same task.
Handler = Union[SyncHandler, AsyncHandler]


class DoNotRetry(Exception):
    """Raised by a handler whose task would fail again: no attempt follows."""


class RetryAfter(Exception):
    """Raised by a handler that knows when the next attempt makes sense, whatever the task's backoff."""

    def __init__(self, seconds: float, message: str = "To be tried again later.") -> None:
        super().__init__(message)
        #: From now, 0 to 30 days.
        self.seconds = seconds


def is_task_type(name: object) -> bool:
    return (
        isinstance(name, str)
        and 1 <= len(name) <= 100
        and all(c.isascii() and (c.isalnum() or c in "_.:/-") for c in name)
    )


def check_task_type(name: object) -> None:
    """Raises TypeError when it is no name of a type."""
    if not is_task_type(name):
        raise TypeError(f"{name!r} is not a task type: use letters, digits and _ . : / -")
