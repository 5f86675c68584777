"""Types of task."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from ..json_text import Problems, plain_json
from .job import AsyncTaskContext, DoNotRetry, Handler, TaskContext, TaskJob, check_task_type
from .schema import json_schema_of
from .trying import Tried, try_handler
from .values import Misfit, read

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .trying import TryOptions

I = TypeVar("I")  # noqa: E741
O = TypeVar("O")  # noqa: E741


class TaskDefinition(Generic[I, O]):
    """A type of task: its name and what goes in and comes out. Callers and workers share it. See `define_task`."""

    def __init__(
        self,
        type: str,
        input: Any,
        output: Any,
        *,
        max_attempts: int | None = None,
        backoff: tuple[float, float] | None = None,
        time_limit: float | None = None,
        priority: int | None = None,
        labels: Callable[[I], Mapping[str, str]] | None = None,
    ) -> None:
        check_task_type(type)
        self.type = type
        self.input = input
        self.output = output
        self.max_attempts = max_attempts
        self.backoff = backoff
        self.time_limit = time_limit
        self.priority = priority
        self.labels = labels
        #: JSON Schema of its data, for servers to check it by.
        self.input_schema: dict[str, Any] = json_schema_of(input)
        json_schema_of(output)

    @overload
    def handle(self, handler: Callable[[TaskJob[I], TaskContext], O]) -> HandledTask[I, O]: ...
    @overload
    def handle(self, handler: Callable[[TaskJob[I], AsyncTaskContext], Awaitable[O]]) -> HandledTask[I, O]: ...
    def handle(self, handler: Callable[..., Any]) -> HandledTask[I, O]:
        """The definition with what does its tasks, for `Worker(tasks=…)` and `python -m waybill worker`. A decorator.
        What does not fit fails the task for good.
        """
        if not callable(handler):
            raise TypeError(f"the handler of {self.type} is not callable")
        return HandledTask(self, handler)

    def encode(self, data: I, name: str = "data") -> Any:
        """The data as JSON. Raises Misfit when it does not fit."""
        return _encoded(self.input, data, name)

    def read_result(self, result: Any) -> O:
        """The result of JSON. Raises Misfit when it does not fit."""
        value: O = read(self.output, result, "result")
        return value

    def __repr__(self) -> str:
        return f"<task {self.type}>"


@overload
def define_task(
    type: str,
    *,
    input: type[I],
    output: type[O],
    max_attempts: int | None = None,
    backoff: tuple[float, float] | None = None,
    time_limit: float | None = None,
    priority: int | None = None,
    labels: Callable[[I], Mapping[str, str]] | None = None,
) -> TaskDefinition[I, O]: ...
@overload
def define_task(
    type: str,
    *,
    input: type[I],
    max_attempts: int | None = None,
    backoff: tuple[float, float] | None = None,
    time_limit: float | None = None,
    priority: int | None = None,
    labels: Callable[[I], Mapping[str, str]] | None = None,
) -> TaskDefinition[I, Any]: ...
def define_task(type: str, *, input: Any, output: Any = Any, **more: Any) -> TaskDefinition[Any, Any]:
    """Says what there is to do: `define_task("import_voters", input=ImportVoters, output=Imported)`.

    `input` and `output` are dataclasses, TypedDicts, models of pydantic, or what else JSON has; any JSON without
    `output`. `max_attempts` in all, 1 to 100; `backoff`, the first and the longest delay between attempts in seconds;
    `time_limit` of one attempt in seconds; `priority`, −1,000 to 1,000; `labels` of the data, by which lists find a
    task. What is not given is up to the type's settings at the server.

    Raises TypeError when the type is no valid name, or what goes in or comes out has no JSON Schema.
    """
    return TaskDefinition(type, input, output, **more)


class HandledTask(Generic[I, O]):
    """A task with its handler."""

    def __init__(self, definition: TaskDefinition[I, O], handler: Callable[..., Any]) -> None:
        self.definition = definition
        self.type = definition.type
        self.input_schema = definition.input_schema
        self.original = handler
        #: Checks the data, runs the handler, checks its result.
        self.handler: Handler = _checked_async(definition, handler) if is_async(handler) else _checked(definition, handler)
        functools.update_wrapper(self, handler, updated=())

    def __call__(self, job: TaskJob[I], ctx: Any) -> Any:
        """The handler as it was written."""
        return self.original(job, ctx)

    def test(self, data: I, **options: Unpack[TryOptions]) -> Tried[O]:
        """Runs the handler once, without a server: for tests. The data is what a server would hand out, so it has to
        be JSON. Raises what the handler raises.
        """
        tried = try_handler(self.type, self.handler, plain_or_raise(data, "data"), **options)
        tried.result = self.definition.read_result(tried.result)
        return tried


def is_async(handler: Callable[..., Any]) -> bool:
    return inspect.iscoroutinefunction(handler) or inspect.iscoroutinefunction(getattr(handler, "__call__", None))


def plain_or_raise(value: object, name: str) -> Any:
    """Raises Misfit when it is not JSON."""
    problems = Problems()
    plain = plain_json(value, name, problems)
    if problems:
        raise Misfit(problems.fields)
    return plain


def _encoded(kind: Any, value: object, name: str) -> Any:
    plain = plain_or_raise(value, name)
    read(kind, plain, name)
    return plain


def _data_of(definition: TaskDefinition[Any, Any], job: TaskJob[Any]) -> TaskJob[Any]:
    try:
        data = read(definition.input, job.data, "data")
    except Misfit as misfit:
        # The same data would not fit the next time.
        raise DoNotRetry(f"The data of the task does not fit its type: {misfit}") from None
    return TaskJob(**{**vars(job), "data": data})


def _result_of(definition: TaskDefinition[Any, Any], result: object) -> Any:
    try:
        return _encoded(definition.output, result, "result")
    except Misfit as misfit:
        raise DoNotRetry(f"The handler's result does not fit its type: {misfit}") from None


def _checked(definition: TaskDefinition[Any, Any], handler: Callable[..., Any]) -> Handler:
    def checked(job: TaskJob[Any], ctx: TaskContext) -> Any:
        return _result_of(definition, handler(_data_of(definition, job), ctx))

    return checked


def _checked_async(definition: TaskDefinition[Any, Any], handler: Callable[..., Any]) -> Handler:
    async def checked(job: TaskJob[Any], ctx: AsyncTaskContext) -> Any:
        return _result_of(definition, await handler(_data_of(definition, job), ctx))

    return checked
