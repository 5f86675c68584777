"""The checkpoints of one attempt: what earlier attempts have done is not done again."""

from __future__ import annotations

import asyncio
import copy
import inspect
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from ..tasks.job import DoNotRetry
from .held import Held
from .names import check_name
from .storable import NotStorable, storable
from .suspension import Suspension


class Steps:
    def __init__(
        self, held: Held, lock: threading.RLock, on_note: Callable[[Held], None], suspension: Suspension
    ) -> None:
        self._held = held
        self._lock = lock
        self._on_note = on_note
        self._suspension = suspension
        self._results: dict[str, Future[Any]] = {}
        for step in held.task.get("steps") or ():
            done: Future[Any] = Future()
            done.set_result(step["result"])
            self._results[step["name"]] = done

    def run(self, name: str, work: Callable[[], Any]) -> Any:
        future, is_ours = self._begin(name)
        if is_ours:
            started_at = time.monotonic()
            try:
                with self._suspension.during():
                    value, stored = self._keep(name, work(), started_at)
                    stored.result()
                future.set_result(value)
            except BaseException as error:
                self._failed(name, future, error)
                raise
        # What one place of the handler does with it is not seen by another.
        return copy.deepcopy(future.result())

    async def run_async(self, name: str, work: Callable[[], Any]) -> Any:
        future, is_ours = self._begin(name)
        if not is_ours:
            return copy.deepcopy(await asyncio.wrap_future(_follower(future)))
        started_at = time.monotonic()
        try:
            with self._suspension.during():
                result = work()
                value, stored = self._keep(name, await result if inspect.isawaitable(result) else result, started_at)
                await asyncio.wrap_future(_follower(stored))
            future.set_result(value)
        except BaseException as error:
            self._failed(name, future, error)
            raise
        return copy.deepcopy(value)

    def is_done(self, name: str) -> bool:
        with self._lock:
            return name in self._results

    def _begin(self, name: str) -> tuple[Future[Any], bool]:
        """The step's result, and whether it is still to be done: by whoever asks first."""
        check_name(name, "a step")
        with self._lock:
            known = self._results.get(name)
            if known is not None:
                return known, False
            self._held.cancelled.raise_if_set()
            begun: Future[Any] = Future()
            self._results[name] = begun
            return begun, True

    def _keep(self, name: str, result: object, started_at: float) -> tuple[Any, Future[None]]:
        took_ms = round((time.monotonic() - started_at) * 1_000)
        try:
            value, size = storable(result, f"The result of step {name}", name)
        except NotStorable as error:
            # The same step would give the same again.
            raise DoNotRetry(str(error)) from None
        with self._lock:
            if self._held.is_over:
                self._held.cancelled.raise_if_set()
                raise RuntimeError(f"The attempt was over before step {name} was.")
            stored = self._held.notes.step(name, value, size, took_ms)
        self._on_note(self._held)
        return value, stored

    def _failed(self, name: str, future: Future[Any], error: BaseException) -> None:
        """It may be tried again, by this attempt or the next one."""
        with self._lock:
            self._results.pop(name, None)
        future.set_exception(error)


def _follower(future: Future[Any]) -> Future[Any]:
    """Ends as the other one does; cancelling it does nothing to that."""
    mine: Future[Any] = Future()

    def follow(done: Future[Any]) -> None:
        if not mine.set_running_or_notify_cancel():
            return
        error = done.exception()
        if error is not None:
            mine.set_exception(error)
        else:
            mine.set_result(done.result())

    future.add_done_callback(follow)
    return mine
