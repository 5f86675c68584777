"""Renewing leases."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from ..cancel import CancelToken
from ..transport.request import RequestError
from .held import Held, now
from .persistence import describe, is_locked_out
from .reasons import LeaseLostError
from .transport import WorkTransport

#: Heartbeats within the life of a lease, so that one or two may go wrong.
BEATS_PER_LEASE = 3
#: As many more while the server does not answer.
HASTE_PER_BEAT = 4
LEASES_AT_ONCE = 1_000


@dataclass
class Heart:
    """Renews the leases of all tasks until its token is set, those not begun and those not reported included."""

    transport: WorkTransport
    worker_id: str
    lease_seconds: float
    #: What it would take now.
    types: Callable[[], list[str]]
    logger: logging.Logger
    #: All tasks of the worker.
    held: Callable[[], list[Held]]
    on_lost: Callable[[Held, LeaseLostError], None]
    on_cancel_requested: Callable[[Held], None]
    on_locked_out: Callable[[RequestError], None]
    #: Called at every beat.
    on_beat: Callable[[], None]

    def keep_beating(self, stop: CancelToken) -> None:
        seconds = beat = self.lease_seconds / BEATS_PER_LEASE
        while not stop.wait(seconds):
            self.on_beat()
            answered = self._beat(beat, stop)
            if stop.is_set():
                return
            self._lose_the_silent()
            seconds = beat if answered else beat / HASTE_PER_BEAT

    def _beat(self, seconds: float, stop: CancelToken) -> bool:
        """Whether the server has answered."""
        held = [one for one in self.held() if not one.is_lost]
        for start in range(0, len(held), LEASES_AT_ONCE):
            some = held[start : start + LEASES_AT_ONCE]
            asked = now()
            body = {
                "workerId": self.worker_id,
                "leaseIds": [one.lease_id for one in some],
                "leaseMs": round(self.lease_seconds * 1_000),
                "types": self.types(),
            }
            try:
                answer = self.transport.heartbeat(body, stop, max(1.0, seconds))
                for one, lease in zip(some, answer["leases"]):
                    self._renewed(one, lease, asked)
            except Exception as error:  # noqa: BLE001: whatever it is, the next one may reach the server
                if stop.is_set():
                    return False
                if is_locked_out(error):
                    assert isinstance(error, RequestError)
                    self.on_locked_out(error)
                self.logger.warning("a heartbeat for %d tasks failed: %s", len(some), describe(error))
                return False
        return True

    def _renewed(self, held: Held, lease: dict[str, object], asked: float) -> None:
        # How it ended may have been stored meanwhile: the answer to that says what became of it.
        if held.ending is None and lease["leasedUntil"] is None:
            self.on_lost(held, LeaseLostError("The lease is lost: another worker may have the task."))
            return
        held.good_until = asked + self.lease_seconds
        if held.ending is None and lease["cancelRequested"]:
            self.on_cancel_requested(held)

    def _lose_the_silent(self) -> None:
        """Results are still said, however late: until somebody else has the task, they count."""
        at = now()
        for one in self.held():
            if one.is_lost or one.ending is not None or one.good_until > at:
                continue
            self.on_lost(one, LeaseLostError("The server was not reached for as long as the lease lasts."))
