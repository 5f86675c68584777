"""How many tasks a worker takes beyond those that it can begin."""

from __future__ import annotations

import math

#: How long the tasks that are taken beforehand are to last. Less, and the worker waits; more, and others do.
AHEAD_SECONDS = 0.2
#: Weight of the newest task in the average.
NEWEST = 0.2
MOST = 1_000


class Pace:
    """None while it is not known how long they take, and none of those that take long, so that they do not wait here
    while another worker has nothing to do.
    """

    def __init__(self, concurrency: int, fixed: int | None) -> None:
        self._concurrency = concurrency
        self._fixed = fixed
        self._average = math.inf

    @property
    def prefetch(self) -> int:
        if self._fixed is not None:
            return self._fixed
        return min(MOST, math.floor(self._concurrency * AHEAD_SECONDS / max(self._average, 0.00001)))

    def took(self, seconds: float) -> None:
        known = self._average
        self._average = seconds if known == math.inf else known + (seconds - known) * NEWEST

    def stuck_for(self, seconds: float) -> bool:
        """Some have been waiting for so long: they were not as quick as was thought. Whether they are to be given
        back, which helps where they are not taken again at once.
        """
        self._average = max(self._average, seconds)
        return self._fixed is None
