"""What a worker does with tasks: takes, begins and ends them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from ..cancel import CancelToken
from ..tasks.job import DoNotRetry, TaskJob
from ..times import from_iso
from ..transport.request import RequestError
from ..transport.retry import pause, retry_until_answered
from .attempt import Attempted
from .held import Held, now
from .options import Settings
from .pace import Pace
from .persistence import PAUSES, describe, hint, is_refusal
from .reasons import CanceledError, LeaseLostError, TimedOutError
from .reporter import Listener, Reporter
from .runner import HandlerRunner
from .thrown import message_of
from .timers import Timers
from .transport import WorkTransport

T = TypeVar("T")

#: How long a take waits at the server for the first task.
WAIT_MS = 20_000
TAKE_LIMIT = 1_000
#: Before the next take when the server has nothing and does not wait.
IDLE_SECONDS = 0.5
#: How many that ended may wait to be reported before no more are taken.
MAX_UNREPORTED = 5_000
#: By how they ended.
COUNTS = {"complete": "completed", "fail": "failed", "suspend": "suspended"}


class WorkerFailed(Exception):
    """The worker has stopped by itself, because the server does not let it work: a wrong token, no such server."""


class Work(Listener):
    """The tasks of a worker, from when they are taken until the server has heard how they ended."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._logger = settings.logger
        self._transport = WorkTransport(settings.server, settings.token, settings.ssl_context)
        self._lock = threading.RLock()
        #: Something has changed that the taker, or whoever waits for the last handlers, looks at.
        self._changed = threading.Condition(self._lock)
        self._runner = HandlerRunner(
            settings.handlers,
            self._lock,
            catch_stray=settings.catch_stray,
            capture_logging=settings.capture_logging,
            logger=self._logger,
        )
        self._reporter = Reporter(
            self._transport, settings.worker_id, settings.lease_seconds, self._logger, self._lock, self
        )
        self._pace = Pace(settings.concurrency, settings.prefetch)
        self._timers = Timers()
        self._held: dict[str, Held] = {}
        #: Taken and not begun, in their order.
        self._waiting: dict[Held, None] = {}
        self._running: set[Held] = set()
        self._counts = dict.fromkeys(
            ("taken", "completed", "failed", "returned", "canceled", "suspended", "lost", "takes"), 0
        )
        self._unreported = 0
        self._stopping = CancelToken()
        self._failure: WorkerFailed | None = None
        #: Set by whoever is stopped.
        self._begin_stop: Callable[[], None] = lambda: None

    # What the reporter and the heart say.

    def settled(self, held: Held, outcome: str, status: str | None) -> None:
        with self._changed:
            if self._held.pop(held.lease_id, None) is None:
                return
            self._unreported -= 1
            kind = held.ending[0]["type"] if held.ending is not None else ""
            if outcome != "stored":
                count = "lost"
            elif status == "canceled":
                count = "canceled"
            else:
                count = COUNTS.get(kind, "returned")
            self._counts[count] += 1
            self._changed.notify_all()
        if outcome == "lost":
            self._logger.warning("a result was refused, as its lease is lost: task %s", held.name)

    def lost(self, held: Held, reason: LeaseLostError) -> None:
        with self._changed:
            if held.is_over:
                return
            held.lose(reason)
            self._held.pop(held.lease_id, None)
            self._waiting.pop(held, None)
            self._counts["lost"] += 1
            self._changed.notify_all()
        self._logger.warning("a lease is lost: task %s: %s", held.name, reason)
        held.stop(reason)

    def cancel_requested(self, held: Held) -> None:
        with self._lock:
            if held in self._waiting:
                del self._waiting[held]
                return self._end(held, {"leaseId": held.lease_id, "type": "release"})
        held.stop(CanceledError("The task was canceled."))

    def locked_out(self, trouble: RequestError) -> None:
        self._fail(trouble)

    # Taking.

    def _types_now(self) -> list[str]:
        return [] if self._stopping.is_set() else self._settings.types

    def _all_held(self) -> list[Held]:
        with self._lock:
            return list(self._held.values())

    def _take(self) -> None:
        # Until the server has heard of them once.
        first: dict[str, Any] = {"inputSchemas": self._settings.schemas} if self._settings.schemas else {}
        try:
            while not self._stopping.is_set():
                with self._changed:
                    limit = min(TAKE_LIMIT, self._room())
                    if limit <= 0:
                        self._changed.wait()
                        continue
                asked = now()
                answer = self._take_once({"limit": limit, **first})
                first = {}
                self._accept(answer)
                # A server that shuts down answers all who wait.
                if not answer["tasks"] and now() - asked < IDLE_SECONDS:
                    pause(IDLE_SECONDS, self._stopping)
        except Exception as error:  # noqa: BLE001: the worker stops and says why
            if not self._stopping.is_set():
                self._fail(error)

    def _take_once(self, more: dict[str, Any]) -> dict[str, Any]:
        body = {
            "workerId": self._settings.worker_id,
            "types": self._settings.types,
            "leaseMs": round(self._settings.lease_seconds * 1_000),
            "waitMs": WAIT_MS,
            **more,
        }
        return self._until_answered(
            lambda: self._transport.take(body, self._stopping), self._stopping, "taking tasks failed"
        )

    def _until_answered(self, ask: Callable[[], T], cancel: CancelToken, failed: str, about: str = "") -> T:
        return retry_until_answered(
            ask,
            PAUSES,
            cancel=cancel,
            may_help=lambda error, _: not is_refusal(error),
            on_failure=lambda error, tries, seconds: self._logger.warning(
                "%s (%d), next try in %.1f s: %s%s", failed, tries, seconds, about, describe(error)
            ),
            on_recovery=lambda _: self._logger.info("the server answers again"),
        )

    def _room(self) -> int:
        """How many more may be taken; 0 until it is worth a request."""
        prefetch = self._pace.prefetch
        if self._unreported >= MAX_UNREPORTED or len(self._waiting) * 2 > prefetch:
            return 0
        return self._settings.concurrency + prefetch - len(self._running) - len(self._waiting)

    def _accept(self, answer: dict[str, Any]) -> None:
        at = now()
        with self._lock:
            self._counts["takes"] += 1
            self._counts["taken"] += len(answer["tasks"])
            for task in answer["tasks"]:
                held = Held(task, at, self._settings.lease_seconds, self._start_children)
                self._held[held.lease_id] = held
                self._waiting[held] = None
                if task["timeoutAt"] is not None:
                    left = (from_iso(task["timeoutAt"]) - from_iso(answer["now"])).total_seconds()
                    held.release = self._timers.call_after(max(0.0, left), lambda one=held: self._time_out(one))  # type: ignore[misc]
            if self._stopping.is_set():
                self._return_waiting()
            else:
                self._begin_more()

    # Working.

    def _begin_more(self) -> None:
        while self._waiting and len(self._running) < self._settings.concurrency:
            held = next(iter(self._waiting))
            del self._waiting[held]
            self._running.add(held)
            began = now()
            self._runner.run(
                held, self._reporter.note, lambda one, attempted, began=began: self._ended(one, attempted, began)  # type: ignore[misc]
            )
        self._changed.notify_all()

    def _ended(self, held: Held, attempted: Attempted, began: float) -> None:
        self._tell_failure(held, attempted)
        with self._changed:
            self._running.discard(held)
            self._pace.took(now() - began)
            self._end(held, attempted.report, attempted.size)
            if self._stopping.is_set():
                self._changed.notify_all()
            else:
                self._begin_more()

    def _start_children(self, held: Held, tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
        body = {"workerId": self._settings.worker_id, "leaseId": held.lease_id, "tasks": tasks}
        try:
            return self._until_answered(
                lambda: self._transport.children(body, held.cancelled),
                held.cancelled, "starting child tasks failed", f"task {held.name}: ",
            )  # fmt: skip
        except RequestError as error:
            words = f"The child tasks were not started: {describe(error)}"
            raise LeaseLostError(words) if error.code == "lease_lost" else DoNotRetry(words) from error

    def _tell_failure(self, held: Held, attempted: Attempted) -> None:
        if attempted.failure is None:
            return
        self._logger.warning(
            "a handler failed: task %s: %s", held.name, attempted.failure["message"], exc_info=attempted.raised
        )
        self._tell(attempted.raised or RuntimeError(attempted.failure["message"]), held.job())

    def _tell(self, error: BaseException, job: TaskJob[Any] | None) -> None:
        """What is raised by those who only listen must not stop the worker."""
        if self._settings.on_error is None:
            return
        try:
            self._settings.on_error(error, job)
        except Exception as raised:  # noqa: BLE001
            self._logger.error("on_error raised: %s", message_of(raised), exc_info=raised)

    def _end(self, held: Held, report: dict[str, Any], size: int = 200) -> None:
        if not held.end(report, size):
            return
        self._unreported += 1
        self._reporter.end(held)

    def _time_out(self, held: Held) -> None:
        message = "The attempt took longer than its time."
        with self._lock:
            waited = held in self._waiting
            self._waiting.pop(held, None)
            if held.is_over:
                return
            # Never begun: that is not the attempt's fault.
            release: dict[str, Any] = {"leaseId": held.lease_id, "type": "release"}
            fail: dict[str, Any] = {"leaseId": held.lease_id, "type": "fail", "message": message, "retry": True}
            self._end(held, release if waited else fail)
        if not waited:
            self._logger.warning("an attempt took too long: task %s", held.name)
        held.stop(TimedOutError(message))

    def _return_the_stuck(self) -> None:
        """Other workers may have nothing to do: those that have waited here for a whole lease are theirs."""
        at = now()
        with self._lock:
            for held in list(self._waiting):
                waited = at - held.taken_at
                if waited < self._settings.lease_seconds or not self._pace.stuck_for(waited):
                    break
                del self._waiting[held]
                self._end(held, {"leaseId": held.lease_id, "type": "release"})

    def _return_waiting(self) -> None:
        for held in self._waiting:
            self._end(held, {"leaseId": held.lease_id, "type": "release"})
        self._waiting.clear()

    def _fail(self, error: BaseException) -> None:
        with self._lock:
            if self._failure is not None:
                return
            more = hint(error) if isinstance(error, RequestError) and is_refusal(error) else ""
            self._failure = WorkerFailed(f"{describe(error)}{more}")
            self._failure.__cause__ = error
        self._logger.error("the worker gives up: %s", self._failure)
        self._tell(self._failure, None)
        self._begin_stop()
