"""SIGTERM and SIGINT stop a worker; a second one ends the program at once."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from typing import Any


class StopSignals:
    """As long as it is entered; outside of the main thread, where there are no signals, it does nothing."""

    def __init__(self, stop: Callable[[], None]) -> None:
        self._stop = stop
        self._stopping = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> StopSignals:
        if threading.current_thread() is threading.main_thread():
            for one in (signal.SIGTERM, signal.SIGINT):
                self._before[one] = signal.signal(one, self._hear)
        return self

    def __exit__(self, *_: object) -> None:
        for one, handler in self._before.items():
            signal.signal(one, handler)

    def _hear(self, number: int, _: object) -> None:
        if self._stopping:
            os._exit(128 + number)
        self._stopping = True
        # What the main thread was doing may hold the worker's lock.
        threading.Thread(target=self._stop, daemon=True).start()
