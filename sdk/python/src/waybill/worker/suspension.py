"""Interrupting an attempt whose handler waits for other tasks, or for a time."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterable, Iterator

from .held import Held
from .reasons import SuspendedError

#: What a task may wait for at once.
MOST_WAITED_FOR = 100


class Suspension:
    """Not at once: what is under way is done first, a step or the start of other children, since it would have to be
    done again. Then everybody who waits is told by a SuspendedError, and the attempt ends with that, whatever its
    handler makes of it. It goes on when all that was waited for has come.
    """

    def __init__(self, held: Held, lock: threading.RLock) -> None:
        self._held = held
        self._lock = lock
        self._ids: dict[str, None] = {}
        self._until = 0.0
        self._is_waiting = False
        self._busy = 0

    @contextlib.contextmanager
    def during(self) -> Iterator[None]:
        """The attempt is not interrupted before what is done in it is done."""
        with self._lock:
            self._busy += 1
        try:
            yield
        finally:
            with self._lock:
                self._busy -= 1
            self._look_soon()

    def wait(self, ids: Iterable[str] = (), until: float = 0.0) -> None:
        """For the ends of tasks, or for a time, seconds since 1970. Raises the reason for which the attempt is over."""
        self._note(ids, until)
        self._look()
        self._held.cancelled.wait()
        self._held.cancelled.raise_if_set()

    async def wait_async(self, ids: Iterable[str] = (), until: float = 0.0) -> None:
        """The coroutine is cancelled when the attempt is interrupted, as for every other reason to stop."""
        self._note(ids, until)
        self._look_soon()
        await asyncio.get_running_loop().create_future()

    def _note(self, ids: Iterable[str], until: float) -> None:
        with self._lock:
            self._is_waiting = True
            self._until = max(self._until, until)
            for id in ids:
                # Those beyond have their turn when these have ended.
                if len(self._ids) < MOST_WAITED_FOR:
                    self._ids[id] = None

    def _look_soon(self) -> None:
        """On an event loop, what the handler begins in this turn goes first."""
        try:
            asyncio.get_running_loop().call_soon(self._look)
        except RuntimeError:
            self._look()

    def _look(self) -> None:
        with self._lock:
            if not self._is_waiting or self._busy > 0:
                return
            reason = SuspendedError(list(self._ids), self._until)
        self._held.stop(reason)
