"""Waiting for the end of any number of tasks."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from ..cancel import CancelToken
from ..errors import ApiError, is_transient

if TYPE_CHECKING:
    from ..client.client import Client
    from ..generated.types import Task

#: Between two rounds of looks where there is no stream of events.
ROUND_SECONDS = 1.0
#: How long the stream stays open when nobody waits: whoever waits for one task after another needs it again.
LINGER_SECONDS = 3.0
#: How long the server may be away before those who wait are told.
PATIENCE_SECONDS = 120.0
ENDS = "TaskCompleted,TaskFailed,TaskCanceled"
#: The server has no such stream (a Worker on Cloudflare), this user has too many, or a proxy lets none through.
WITHOUT_STREAM = frozenset(("not_found", "rate_limit", "forbidden", "unexpected_answer"))


class _Waiter:
    def __init__(self) -> None:
        self.look = threading.Event()
        self.failure: BaseException | None = None


class Endings:
    """Waits over one stream of events, which is open while anybody waits. Whenever it is connected, everybody looks
    once, so that no end is missed.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._waiting: dict[str, set[_Waiter]] = {}
        self._following: CancelToken | None = None
        self._idle_since = 0.0
        self._trouble_since: float | None = None

    def of(self, task_id: str, timeout: float | None, cancel: CancelToken | None) -> Task:
        """Raises ApiError when the task cannot be read, the time is over, or `cancel` is set."""
        until = None if timeout is None else time.monotonic() + timeout
        task = self._look(task_id)
        if task is not None:
            return task
        waiter = _Waiter()
        forget = cancel.on_cancel(waiter.look.set) if cancel is not None else lambda: None
        self._enter(task_id, waiter)
        try:
            while True:
                left = None if until is None else until - time.monotonic()
                if left is not None and left <= 0:
                    message = f"Task {task_id} has not ended within {timeout:g} s; it continues."
                    raise ApiError("timeout", message)
                if not waiter.look.wait(left):
                    continue
                waiter.look.clear()
                if cancel is not None and cancel.is_set():
                    raise ApiError("aborted", "The wait was stopped; the task continues.")
                if waiter.failure is not None:
                    raise waiter.failure
                task = self._look(task_id)
                if task is not None:
                    return task
        finally:
            forget()
            self._leave(task_id, waiter)

    def close(self) -> None:
        with self._lock:
            following, self._following = self._following, None
        if following is not None:
            following.cancel()

    def _look(self, task_id: str) -> Task | None:
        try:
            task = self._client.get_task(task_id)
        except ApiError as error:
            # While the server is away the stream is broken, and everybody looks again once it is back.
            if is_transient(error):
                return None
            raise
        return task if task["endedAt"] is not None else None

    def _enter(self, task_id: str, waiter: _Waiter) -> None:
        with self._lock:
            self._waiting.setdefault(task_id, set()).add(waiter)
            if self._following is None:
                self._following = CancelToken()
                thread = threading.Thread(
                    target=self._follow, args=(self._following,), name="waybill endings", daemon=True
                )
                thread.start()
            else:
                # It may have ended before it was listened for.
                waiter.look.set()

    def _leave(self, task_id: str, waiter: _Waiter) -> None:
        with self._lock:
            waiters = self._waiting[task_id]
            waiters.discard(waiter)
            if not waiters:
                del self._waiting[task_id]
            if self._waiting:
                return
            self._idle_since = time.monotonic()
            following = self._following
        if following is not None:
            timer = threading.Timer(LINGER_SECONDS, self._close_if_idle, args=(following,))
            timer.daemon = True
            timer.start()

    def _close_if_idle(self, following: CancelToken) -> None:
        with self._lock:
            since = time.monotonic() - self._idle_since
            if self._waiting or self._following is not following or since < LINGER_SECONDS * 0.9:
                return
            self._following = None
        following.cancel()

    def _follow(self, cancel: CancelToken) -> None:
        self._trouble_since = None
        while True:
            try:
                self._hear_events(cancel)
            except ApiError as error:
                if cancel.is_set():
                    return
                if is_transient(error):
                    self._trouble_since = self._trouble_since or time.monotonic()
                    if time.monotonic() - self._trouble_since > PATIENCE_SECONDS:
                        return self._fail(error, cancel)
                elif error.code in WITHOUT_STREAM:
                    return self._look_in_rounds(cancel)
                else:
                    return self._fail(error, cancel)
            except BaseException as error:  # noqa: BLE001: whoever waits is told
                return self._fail(error, cancel)
            if cancel.wait(ROUND_SECONDS):
                return

    def _hear_events(self, cancel: CancelToken) -> None:
        options: dict[str, Any] = {"cancel": cancel, "on_connected": self._connected}
        for event in self._client.follow_events(kind="task", type=ENDS, **options):
            subject = event.get("subject")
            if isinstance(subject, str):
                self._wake(subject)
            else:
                self._wake_all()

    def _connected(self) -> None:
        self._trouble_since = None
        self._wake_all()

    def _look_in_rounds(self, cancel: CancelToken) -> None:
        while not cancel.wait(ROUND_SECONDS):
            self._wake_all()

    def _wake(self, task_id: str) -> None:
        with self._lock:
            for waiter in self._waiting.get(task_id, ()):
                waiter.look.set()

    def _wake_all(self) -> None:
        with self._lock:
            for waiters in self._waiting.values():
                for waiter in waiters:
                    waiter.look.set()

    def _fail(self, error: BaseException, cancel: CancelToken) -> None:
        with self._lock:
            if self._following is cancel:
                self._following = None
            for waiters in self._waiting.values():
                for waiter in waiters:
                    waiter.failure = error
                    waiter.look.set()
