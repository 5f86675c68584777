"""A task that a worker has."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ..cancel import CancelToken
from ..tasks.job import LogLevel, TaskJob
from .notes import Notes
from .reasons import LeaseLostError, StopReason


StartChildren = Callable[["Held", "list[dict[str, Any]]"], "list[dict[str, Any]]"]


class Held:
    """From when it is taken until the server has heard how it ended. The worker's lock is held to change it."""

    def __init__(
        self, task: dict[str, Any], taken_at: float, lease_seconds: float, start_children: StartChildren
    ) -> None:
        self.task = task
        self.lease_id: str = task["leaseId"]
        self.notes = Notes()
        #: On the worker's own clock (`time.monotonic()`).
        self.taken_at = taken_at
        #: As far as the worker knows.
        self.good_until = taken_at + lease_seconds
        #: When its notes were last gathered.
        self.noted_at = float("-inf")
        #: How it ended, and about how many bytes of JSON that has; None while it is at work.
        self.ending: tuple[dict[str, Any], int] | None = None
        #: Whether its lease was lost: its reports are ignored from then on.
        self.is_lost = False
        #: Why and when its handler is to stop.
        self.cancelled = CancelToken()
        #: Fails the attempt with an error that nobody caught; None before it runs and once that was done.
        self.on_stray: Callable[[BaseException], None] | None = None
        self.stray_error: BaseException | None = None
        #: Takes what its handler logs by `logging`; None where that is not captured.
        self.log_line: Callable[[str, LogLevel], None] | None = None
        #: What its handler was told of a child that did not succeed.
        self.child_failure: BaseException | None = None
        self._start_children = start_children
        #: What takes back the call at the end of its time.
        self.release: Callable[[], None] = lambda: None

    @property
    def is_over(self) -> bool:
        """Nothing that its handler still says counts."""
        return self.ending is not None or self.is_lost

    @property
    def name(self) -> str:
        return f"{self.task['type']} {self.task['id']}, attempt {self.task['attempt']} of {self.task['maxAttempts']}"

    def job(self) -> TaskJob[Any]:
        task = self.task
        return TaskJob(
            task["id"], task["type"], task["data"], task["attempt"], task["maxAttempts"], task["createdAt"],
            task["createdById"], task["totalItems"], task["traceparent"],
        )  # fmt: skip

    def start_children(self, tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Asks the server to start tasks that are parts of this one, until it answers."""
        return self._start_children(self, tasks)

    def stray(self, error: BaseException) -> bool:
        """Whether the attempt fails with it: not when it has ended."""
        on_stray = self.on_stray
        if on_stray is None or self.ending is not None:
            return False
        self.on_stray = None
        on_stray(error)
        return True

    def end(self, report: dict[str, Any], size: int = 200) -> bool:
        """Its first ending counts."""
        if self.is_over:
            return False
        self.release()
        self.on_stray = None
        self.ending = (report, size)
        return True

    def lose(self, reason: LeaseLostError) -> None:
        self.is_lost = True
        self.release()
        self.notes.clear(reason)

    def stop(self, reason: StopReason) -> None:
        """Tells its handler. Without the worker's lock, since it calls whoever listens."""
        self.cancelled.cancel(reason)


def now() -> float:
    return time.monotonic()
