"""Submitting typed tasks, and waiting for their results."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypedDict, TypeVar, cast

from ..cancel import CancelToken
from ..errors import ApiError
from ..json_text import dumps
from ..times import aware
from .definition import TaskDefinition
from .ended import NotAllCreated, TaskCanceled, TaskFailed
from .endings import Endings
from .values import Misfit

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ..client.calls import CallOptions
    from ..client.client import Client
    from ..generated.types import Task, TaskEvent

I = TypeVar("I")  # noqa: E741
O = TypeVar("O")  # noqa: E741

MOST_OF_REQUEST = 1_000
#: Servers take 1 MiB.
BYTES_OF_REQUEST = 1_000_000


class RunOptions(TypedDict, total=False):
    """What may be said of one task beside its data; it goes before what its definition says. Times are seconds."""

    priority: int
    #: Earliest start; without a time zone it is UTC.
    run_at: datetime | str
    max_attempts: int
    #: The first and the longest delay between attempts.
    backoff: tuple[float, float]
    #: Of one attempt; None: none.
    time_limit: float | None
    total_items: int
    dedupe_key: str
    concurrency_key: str
    depends_on: Sequence[str]
    on_dependency_failure: str
    labels: Mapping[str, str]
    webhook_url: str


class TaskRun(Generic[O]):
    """A task that was submitted. It goes on whether or not somebody waits for it."""

    def __init__(self, runs: Runs, definition: TaskDefinition[Any, O], id: str) -> None:
        self._runs = runs
        self._definition = definition
        #: Keep it, and `client.run_of` finds the task again.
        self.id = id

    def get(self, **options: Unpack[CallOptions]) -> Task:
        """The task as the server has it now."""
        return self._runs._client.get_task(self.id, **options)

    def events(self, after: int = 0, **options: Unpack[CallOptions]) -> Iterator[TaskEvent]:
        """What happens to it, from the first event on; ends when the task has ended."""
        return self._runs._client.task_events(self.id, after=after, **options)

    def cancel(self, **options: Unpack[CallOptions]) -> Task:
        """Requests its cancellation. Raises ApiError "conflict" when it has ended."""
        return self._runs._client.cancel_task(self.id, **options)

    def result(self, timeout: float | None = None, *, cancel: CancelToken | None = None) -> O:
        """Its result, once it has completed. Any number may be waited for at the same time, over one connection.

        Raises TaskFailed with its last error, TaskCanceled, and ApiError "timeout" or "aborted" when the wait is over
        before the task is: that goes on.
        """
        task = self._runs._endings.of(self.id, timeout, cancel)
        if task["status"] == "failed":
            raise TaskFailed(task)
        if task["status"] == "canceled":
            raise TaskCanceled(task)
        try:
            return self._definition.read_result(task["result"])
        except Misfit as misfit:
            # The handler's side has checked it: another version of the definition may be in use there.
            message = f"The result of task {self.id} does not fit its type: {misfit}"
            raise ApiError("unexpected_answer", message, details={"fields": misfit.fields}) from None

    def __repr__(self) -> str:
        return f"<run of task {self._definition.type} {self.id}>"


class Runs:
    """The part of a client that runs typed tasks."""

    _endings: Endings

    def _begin_runs(self) -> None:
        self._endings = Endings(self._client)

    def _end_runs(self) -> None:
        self._endings.close()

    @property
    def _client(self) -> Client:
        return cast("Client", self)

    def run(
        self,
        task: TaskDefinition[I, O],
        data: I,
        *,
        idempotency_key: str | None = None,
        **options: Unpack[RunOptions],
    ) -> TaskRun[O]:
        """Submits one task. Raises ApiError "invalid_request" with the fields when the data does not fit, before
        anything is sent. With an `idempotency_key`, the same call made again creates nothing twice.
        """
        [body] = submissions(task, [data], options)
        submitted = self._client.submit_task(cast("Any", body), idempotency_key=idempotency_key)
        return self.run_of(task, submitted["id"])

    def run_all(
        self,
        task: TaskDefinition[I, O],
        data: Iterable[I],
        *,
        idempotency_key: str | None = None,
        **options: Unpack[RunOptions],
    ) -> list[TaskRun[O]]:
        """Submits any number, up to 1,000 in a request. All data is checked before anything is sent.

        Raises NotAllCreated with those that were created, and those that were not.
        """
        runs: list[TaskRun[O] | None] = []
        failures: list[tuple[int, ApiError]] = []
        for part in parts_of(submissions(task, list(data), options)):
            key = None if idempotency_key is None else f"{idempotency_key}/{len(runs)}"
            body: Any = {"action": "create", "jobs": part}
            for one in self._client.bulk_tasks(body, idempotency_key=key)["results"]:
                if one["id"] is None:
                    failures.append((len(runs), _error_of(one.get("error"))))
                    runs.append(None)
                else:
                    runs.append(self.run_of(task, one["id"]))
        if failures:
            raise NotAllCreated(runs, failures)
        return cast("list[TaskRun[O]]", runs)

    def run_of(self, task: TaskDefinition[Any, O], id: str) -> TaskRun[O]:
        """A task that was submitted before, by its id."""
        return TaskRun(self, task, id)


def submissions(task: TaskDefinition[Any, Any], data: list[Any], options: RunOptions) -> list[dict[str, Any]]:
    """What is sent of each."""
    given = _wire({**_of_definition(task), **options})
    fields: dict[str, str] = {}
    bodies: list[dict[str, Any]] = []
    for index, one in enumerate(data):
        try:
            encoded = task.encode(one, "data" if len(data) == 1 else f"{index}.data")
        except Misfit as misfit:
            fields.update(misfit.fields)
            continue
        labels = {} if task.labels is None or "labels" in given else {"labels": dict(task.labels(one))}
        bodies.append({**labels, **given, "type": task.type, "data": encoded})
    if fields:
        sentence = "; ".join(f"{path}: {problem}" for path, problem in list(fields.items())[:20])
        message = f"The data does not fit task {task.type}: {sentence}"
        raise ApiError("invalid_request", message, details={"fields": fields})
    return bodies


def _of_definition(task: TaskDefinition[Any, Any]) -> dict[str, Any]:
    said = {
        "max_attempts": task.max_attempts,
        "backoff": task.backoff,
        "time_limit": task.time_limit,
        "priority": task.priority,
    }
    return {name: value for name, value in said.items() if value is not None}


_NAMES = {
    "priority": "priority", "run_at": "runAt", "max_attempts": "maxAttempts", "backoff": "backoff",
    "time_limit": "timeout", "total_items": "totalItems", "dedupe_key": "dedupeKey",
    "concurrency_key": "concurrencyKey", "depends_on": "dependsOn",
    "on_dependency_failure": "onDependencyFailure", "labels": "labels", "webhook_url": "webhookUrl",
}  # fmt: skip


def _wire(options: Mapping[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for name, value in options.items():
        if name not in _NAMES:
            raise TypeError(f"{name} is nothing that can be said of a task: use {', '.join(_NAMES)}")
        if name == "backoff":
            value = {"firstMs": round(value[0] * 1_000), "maxMs": round(value[1] * 1_000)}
        elif name == "time_limit" and value is not None:
            value = round(value * 1_000)
        elif name == "run_at" and isinstance(value, datetime):
            value = aware(value).isoformat()
        body[_NAMES[name]] = value
    return body


def parts_of(bodies: list[dict[str, Any]], most: int = MOST_OF_REQUEST) -> Iterator[list[dict[str, Any]]]:
    """In their order, each with as many as one request may have, by number and by size."""
    part: list[dict[str, Any]] = []
    length = 0
    for body in bodies:
        size = len(dumps(body)) + 1
        if part and (len(part) == most or length + size > BYTES_OF_REQUEST):
            yield part
            part, length = [], 0
        part.append(body)
        length += size
    if part:
        yield part


def _error_of(error: Mapping[str, Any] | None) -> ApiError:
    if error is None:
        return ApiError("unexpected_answer", "No reason was given.")
    return ApiError(error["code"], error["message"])
