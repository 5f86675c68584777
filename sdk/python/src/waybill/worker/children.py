"""The tasks that a handler starts."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Union

from ..errors import ApiError
from ..tasks.definition import TaskDefinition
from ..tasks.ended import TaskCanceled, TaskFailed
from ..tasks.job import DoNotRetry
from ..tasks.runs import parts_of, submissions
from ..tasks.values import Misfit
from .held import Held
from .names import DefaultNames, check_name
from .suspension import Suspension

MOST_OF_REQUEST = 100

AnyTask = Union[TaskDefinition[Any, Any], str]


@dataclass(frozen=True)
class _Wanted:
    task: TaskDefinition[Any, Any]
    bodies: list[dict[str, Any]]


class Children:
    def __init__(self, held: Held, lock: threading.RLock, suspension: Suspension) -> None:
        self._held = held
        self._lock = lock
        self._suspension = suspension
        self._names = DefaultNames()

    def run(self, task: AnyTask, data: Iterable[Any], name: str | None, numbered: bool, options: Any) -> list[Any]:
        """Starts them, or finds them, and gives their results once all have ended."""
        wanted = self._wanted(task, data, name, numbered, options)
        with self._suspension.during():
            children = self._started(wanted, [self._held.start_children(part) for part in _requests(wanted)])
        open_ones = self._open(children)
        if open_ones:
            self._suspension.wait(open_ones)
        return _results(wanted, children)

    async def run_async(
        self, task: AnyTask, data: Iterable[Any], name: str | None, numbered: bool, options: Any
    ) -> list[Any]:
        wanted = self._wanted(task, data, name, numbered, options)
        with self._suspension.during():
            answers = [await asyncio.to_thread(self._held.start_children, part) for part in _requests(wanted)]
            children = self._started(wanted, answers)
        open_ones = self._open(children)
        if open_ones:
            await self._suspension.wait_async(open_ones)
        return _results(wanted, children)

    def _wanted(self, task: AnyTask, data: Iterable[Any], name: str | None, numbered: bool, options: Any) -> _Wanted:
        self._held.cancelled.raise_if_set()
        definition = TaskDefinition(task, Any, Any) if isinstance(task, str) else getattr(task, "definition", task)
        if name is None:
            name = self._names.next(definition.type)
        check_name(name, "a child")
        try:
            bodies = submissions(definition, list(data), options)
        except ApiError as misfit:
            raise DoNotRetry(str(misfit)) from None
        for number, body in enumerate(bodies, 1):
            body["name"] = f"{name} #{number}" if numbered else name
        return _Wanted(definition, bodies)

    def _started(self, wanted: _Wanted, answers: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
        started = [one for answer in answers for one in answer]
        for body, one in zip(wanted.bodies, started):
            if not one["ok"]:
                raise _refused(body["name"], one.get("error") or {})
        children = [one["task"] for one in started]
        for child in children:
            if child["status"] in ("failed", "canceled"):
                failure = TaskFailed(child) if child["status"] == "failed" else TaskCanceled(child)
                with self._lock:
                    self._held.child_failure = failure
                raise failure
        return children

    def _open(self, children: list[dict[str, Any]]) -> list[str]:
        """None of them ever gives its result to this attempt: the next time all have ended."""
        return [child["id"] for child in children if child["status"] != "completed"]


def _requests(wanted: _Wanted) -> Iterator[list[dict[str, Any]]]:
    return parts_of(wanted.bodies, MOST_OF_REQUEST)


def _results(wanted: _Wanted, children: list[dict[str, Any]]) -> list[Any]:
    results = []
    for child in children:
        try:
            results.append(wanted.task.read_result(child["result"]))
        except Misfit as misfit:
            message = f"The result of task {child['id']} does not fit type {wanted.task.type}: {misfit}"
            raise DoNotRetry(message) from None
    return results


def _refused(name: str, error: dict[str, Any]) -> Exception:
    code, message = error.get("code", "internal"), error.get("message", "The server gave no reason.")
    words = f'Task "{name}" was not started: {message}'
    # The same would be refused again.
    return DoNotRetry(words) if code in ("invalid_request", "conflict") else ApiError(code, words)
