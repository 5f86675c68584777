"""How a task that was waited for has not completed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..errors import ApiError
    from ..generated.types import Task


class TaskFailed(Exception):
    """The task that was waited for has failed: all its attempts have, or its handler said that no other would help."""

    def __init__(self, task: Task) -> None:
        log = task["errorLog"]
        last = log[-1]["message"] if log else "nothing is known of why"
        super().__init__(f"Task {task['id']} ({task['type']}) failed: {last}")
        self.task = task


class TaskCanceled(Exception):
    """The task that was waited for was canceled."""

    def __init__(self, task: Task) -> None:
        reason = task["cancelReason"] or "no reason was given"
        super().__init__(f"Task {task['id']} ({task['type']}) was canceled: {reason}")
        self.task = task


class NotAllCreated(Exception):
    """Some tasks of `run_all` were not created."""

    def __init__(self, runs: list[Any], failures: list[tuple[int, ApiError]]) -> None:
        index, error = failures[0]
        super().__init__(
            f"{len(failures)} of {len(runs)} tasks were not created; the first, at index {index}: {error.message}"
        )
        #: In the order of the inputs; None where none was created.
        self.runs = runs
        #: Index and error of each that was not.
        self.failures = failures
