"""Calls at set times, by one thread."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable


class Timers:
    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._live: set[int] = set()
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None
        self._closed = False

    def call_after(self, seconds: float, call: Callable[[], None]) -> Callable[[], None]:
        """Returns what takes it back."""
        number = next(self._numbers)
        with self._condition:
            self._live.add(number)
            heapq.heappush(self._due, (time.monotonic() + seconds, number, call))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="waybill timers", daemon=True)
                self._thread.start()
            self._condition.notify()

        def take_back() -> None:
            with self._condition:
                self._live.discard(number)

        return take_back

    def close(self) -> None:
        with self._condition:
            self._closed = True
            self._due.clear()
            self._condition.notify()

    def _run(self) -> None:
        while True:
            with self._condition:
                while not self._closed and (not self._due or self._due[0][0] > time.monotonic()):
                    self._condition.wait(min(self._due[0][0] - time.monotonic(), 86_400) if self._due else None)
                if self._closed:
                    return
                _, number, call = heapq.heappop(self._due)
                if number not in self._live:
                    continue
                self._live.discard(number)
            call()
