"""The sleeps of one attempt."""

from __future__ import annotations

import asyncio
import math
import time
from datetime import datetime, timedelta, timezone

from ..times import aware, from_iso, iso
from ..transport.retry import pause
from .held import Held
from .names import DefaultNames, check_name
from .steps import Steps
from .suspension import Suspension

#: Shorter than that, a handler simply waits: to begin again costs more.
SHORT_SECONDS = 1.0
MOST_SECONDS = 366 * 86_400.0


class Sleeper:
    """When each is over is kept as a step, so that an attempt that goes on knows."""

    def __init__(self, held: Held, suspension: Suspension, steps: Steps) -> None:
        self._held = held
        self._suspension = suspension
        self._steps = steps
        self._names = DefaultNames()

    def sleep(self, until: float | datetime, name: str | None) -> None:
        seconds, named = self._asked(until, name)
        if seconds <= SHORT_SECONDS and not self._steps.is_done(named):
            return pause(max(0.0, seconds), self._held.cancelled)
        left = _left(self._steps.run(named, lambda: _after(seconds)))
        if left > SHORT_SECONDS:
            self._suspension.wait(until=time.time() + left)
        elif left > 0:
            pause(left, self._held.cancelled)

    async def sleep_async(self, until: float | datetime, name: str | None) -> None:
        seconds, named = self._asked(until, name)
        if seconds <= SHORT_SECONDS and not self._steps.is_done(named):
            return await asyncio.sleep(max(0.0, seconds))
        left = _left(await self._steps.run_async(named, lambda: _after(seconds)))
        if left > SHORT_SECONDS:
            await self._suspension.wait_async(until=time.time() + left)
        elif left > 0:
            await asyncio.sleep(left)

    def _asked(self, until: float | datetime, name: str | None) -> tuple[float, str]:
        is_time = isinstance(until, datetime)
        seconds = _seconds_to(until) if isinstance(until, datetime) else until
        usable = isinstance(seconds, (int, float)) and not isinstance(seconds, bool) and math.isfinite(seconds)
        if not usable or seconds > MOST_SECONDS or (seconds < 0 and not is_time):
            raise TypeError("ctx.sleep takes seconds, or a datetime, up to 366 days ahead")
        if name is None:
            name = self._names.next("sleep")
        check_name(name, "a sleep")
        self._held.cancelled.raise_if_set()
        return float(seconds), name


def _seconds_to(at: datetime) -> float:
    return aware(at).timestamp() - time.time()


def _after(seconds: float) -> str:
    return iso(datetime.now(timezone.utc) + timedelta(seconds=seconds))


def _left(over: object) -> float:
    return from_iso(str(over)).timestamp() - time.time()
