"""Watching a job of any kind."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from ..cancel import CancelToken
from ..errors import ApiError, is_transient

J = TypeVar("J")


def watch(
    look: Callable[[], J],
    *,
    cancel: CancelToken | None = None,
    timeout: float | None = None,
    min_interval: float = 0.25,
    max_interval: float = 3.0,
    patience: float = 120.0,
    on_trouble: Callable[[ApiError], None] = lambda _: None,
) -> Iterator[J]:
    """What `look` sees: at first, whenever status or progress is another one, and at the end. Raises ApiError:
    "timeout" after `timeout` seconds, "aborted" by `cancel`, or what a look failed with: passing trouble only once
    the server was away for `patience` seconds.
    """
    started = last_answer = time.monotonic()
    interval, seen = min_interval, ""
    waiting = cancel or CancelToken()
    while True:
        view: Any = None
        try:
            view = look()
            last_answer = time.monotonic()
        except ApiError as error:
            if not is_transient(error) or time.monotonic() - last_answer > patience:
                raise
            on_trouble(error)
        if view is not None:
            now = json.dumps([view["status"], view["progress"]])
            interval = min(max_interval, interval * 1.5) if now == seen else min_interval
            if now != seen:
                yield view
            seen = now
            if view["endedAt"] is not None:
                return
        if timeout is not None and time.monotonic() - started + interval > timeout:
            raise ApiError("timeout", f"The job has not ended within {timeout:g} s; it continues.")
        if waiting.wait(interval):
            raise ApiError("aborted", "The watch was stopped; the job continues.")
