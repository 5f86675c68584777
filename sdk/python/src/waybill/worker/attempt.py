"""What is said of a task when its handler has ended."""

from __future__ import annotations

import asyncio
import concurrent.futures
import math
import time
from dataclasses import dataclass
from typing import Any

from ..errors import ApiError
from ..tasks.job import DoNotRetry, RetryAfter
from .held import Held
from .reasons import ShutdownError, SuspendedError
from .storable import NotStorable, storable
from .thrown import thrown_of

MAX_RETRY_AFTER_MS = 30 * 86_400_000


@dataclass
class Attempted:
    report: dict[str, Any]
    #: About how many bytes of JSON the report has.
    size: int
    #: Why the attempt has failed, unless the handler was told to stop.
    failure: dict[str, Any] | None = None
    raised: BaseException | None = None


def completed(held: Held, result: object) -> Attempted:
    reason = held.cancelled.reason
    if isinstance(reason, SuspendedError):
        # Whoever caught that has waited for nothing.
        return _suspended(held, reason)
    try:
        value, size = storable(result, "The handler's result")
    except NotStorable as error:
        # The same handler would give the same again.
        failure = {"message": str(error)}
        return Attempted({"leaseId": held.lease_id, "type": "fail", **failure, "retry": False}, 2_200, failure, error)
    return Attempted({"leaseId": held.lease_id, "type": "complete", "result": value}, 100 + size)


def failed(held: Held, raised: BaseException) -> Attempted:
    lease_id, reason = held.lease_id, held.cancelled.reason
    if isinstance(reason, SuspendedError):
        return _suspended(held, reason)
    if isinstance(reason, ShutdownError):
        return Attempted({"leaseId": lease_id, "type": "release"}, 100)
    failure = thrown_of(raised)
    if isinstance(raised, SystemExit):
        failure["message"] = f"The handler ended its program: sys.exit({raised.code!r})"
    report: dict[str, Any] = {"leaseId": lease_id, "type": "fail", **failure, "retry": True}
    # A child has had all its attempts: those of its parent would be told the same.
    if isinstance(raised, DoNotRetry) or (raised is held.child_failure and held.child_failure is not None):
        report["retry"] = False
    elif isinstance(raised, RetryAfter):
        report["retryAfterMs"] = _milliseconds(raised.seconds)
    size = 300 + len(failure["message"]) + len(failure.get("stack", ""))
    was_told = reason is not None and (raised is reason or _is_stop(raised))
    return Attempted(report, size) if was_told else Attempted(report, size, failure, raised)


def _suspended(held: Held, reason: SuspendedError) -> Attempted:
    delay_ms = max(0, round((reason.until - time.time()) * 1_000))
    report = {"leaseId": held.lease_id, "type": "suspend", "waitsFor": reason.waits_for, "delayMs": delay_ms}
    return Attempted(report, 150 + 40 * len(reason.waits_for))


def _is_stop(raised: BaseException) -> bool:
    if isinstance(raised, ApiError):
        return raised.code == "aborted"
    return isinstance(raised, (asyncio.CancelledError, concurrent.futures.CancelledError))


def _milliseconds(seconds: float) -> int:
    try:
        milliseconds = float(seconds) * 1_000
    except (TypeError, ValueError):
        return 0
    return min(max(0, round(milliseconds)), MAX_RETRY_AFTER_MS) if math.isfinite(milliseconds) else 0
