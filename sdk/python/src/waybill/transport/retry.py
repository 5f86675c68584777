"""Trying again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from ..cancel import CancelToken
from .request import RequestError

T = TypeVar("T")


class Pauses(NamedTuple):
    """In seconds: doubling from `first` up to `longest`, each shortened by up to half."""

    first: float
    longest: float
    #: The longest Retry-After that is waited for.
    longest_retry_after: float = 60.0

    def after(self, error: BaseException | None, tries: int) -> float:
        """Before the try after `tries` (from 1), and never before the server wants it."""
        full = min(self.longest, self.first * 2.0 ** min(tries - 1, 30))
        asked = (error.retry_after or 0.0) if isinstance(error, RequestError) else 0.0
        # Those that failed together, or heard the same Retry-After, are not to come back all at once.
        return max(
            full * (1 - random.random() / 2), min(asked, self.longest_retry_after) * (1 + random.random() / 5)
        )


def pause(seconds: float, cancel: CancelToken | None) -> None:
    """Waits.

    Raises the token's reason as soon as it is set.
    """
    if cancel is None:
        time.sleep(seconds)
        return
    cancel.wait(seconds)
    cancel.raise_if_set()


def retry_until_answered(
    attempt: Callable[[], T],
    pauses: Pauses,
    *,
    cancel: CancelToken | None,
    may_help: Callable[[RequestError, int], bool],
    on_failure: Callable[[RequestError, int, float], None] = lambda *_: None,
    on_recovery: Callable[[int], None] = lambda _: None,
) -> T:
    """Tries until there is an answer, or another try would not help.

    Raises what the last try failed with, and the token's reason.
    """
    tries = 0
    while True:
        try:
            answer = attempt()
        except RequestError as error:
            tries += 1
            if not may_help(error, tries):
                raise
            seconds = pauses.after(error, tries)
            on_failure(error, tries, seconds)
            pause(seconds, cancel)
        else:
            if tries > 0:
                on_recovery(tries)
            return answer
