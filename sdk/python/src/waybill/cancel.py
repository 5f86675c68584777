"""Telling something that runs in another thread to stop."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable


class CancelToken:
    """Set once, by anybody; those who work look at it, wait for it, or are called by it.

    Every call of the client takes one as `cancel`, and handlers of tasks have one as `ctx.cancelled`.
    """

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._reason: BaseException | None = None
        self._callbacks: list[Callable[[], None]] = []

    @property
    def reason(self) -> BaseException | None:
        """Why; None while it is not set."""
        return self._reason

    def cancel(self, reason: BaseException | None = None) -> None:
        """Sets it. The first reason counts."""
        with self._lock:
            if self._event.is_set():
                return
            self._reason = reason if reason is not None else Cancelled("It was cancelled.")
            callbacks, self._callbacks = self._callbacks, []
            self._event.set()
        for call in callbacks:
            try:
                call()
            except Exception:  # noqa: BLE001: whoever sets it, a worker's heart for one, is not to stop for that
                logging.getLogger("waybill").exception("what was to be called at a cancellation raised")

    def is_set(self) -> bool:
        return self._event.is_set()

    def wait(self, seconds: float | None = None) -> bool:
        """Waits until it is set, or the time is over. Whether it is set."""
        return self._event.wait(seconds)

    def raise_if_set(self) -> None:
        """Raises the reason if it is set."""
        if self._reason is not None:
            raise self._reason

    def on_cancel(self, call: Callable[[], None]) -> Callable[[], None]:
        """Calls back when it is set, or now if it is; returns what takes that back."""
        with self._lock:
            if not self._event.is_set():
                self._callbacks.append(call)
                return lambda: self._forget(call)
        call()
        return lambda: None

    def _forget(self, call: Callable[[], None]) -> None:
        with self._lock:
            if call in self._callbacks:
                self._callbacks.remove(call)


class Cancelled(Exception):
    """The reason of a `CancelToken` that was set without one."""
