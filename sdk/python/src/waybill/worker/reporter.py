"""Saying what is to be said of all tasks, in the background."""

from __future__ import annotations

import logging
import threading
from typing import Any

from ..cancel import CancelToken
from ..generated.error_codes import RETRYABLE_CODES
from ..tasks.job import DoNotRetry
from ..transport.request import RequestError
from ..transport.retry import pause
from .entries import Entry, by_task, gather
from .held import Held, now
from .persistence import PAUSES, describe, is_locked_out, is_refusal
from .reasons import LeaseLostError
from .thrown import message_of, shortened
from .transport import WorkTransport

#: Between what is sent of one task while it is at work, at least.
NOTE_SECONDS = 0.2
#: How often a request that the server answers with a fault of its own is said as a whole.
FAULTS_OF_MANY = 3
#: The same for one report of one task; with the pauses between, some 5 s.
FAULTS_OF_ONE = 5


class Listener:
    """Hears what became of reports."""

    def settled(self, held: Held, outcome: str, status: str | None) -> None:
        """The server has heard how it ended ("stored"), or wants to hear nothing of it any more ("lost", "dropped")."""
        raise NotImplementedError

    def lost(self, held: Held, reason: LeaseLostError) -> None:
        raise NotImplementedError

    def cancel_requested(self, held: Held) -> None:
        raise NotImplementedError

    def locked_out(self, trouble: RequestError) -> None:
        """The worker is not allowed to report."""
        raise NotImplementedError


class Reporter:
    """Whatever has gathered while one request was under way goes into the next one. There is one request at a time,
    and each task's notes go before its ending, so that the server hears of every task in order.

    A report that the server never takes, while it takes others, is not to hold those up: the tasks of a request that
    fails are told apart by halves, and the one that fails alone is set aside, where it is tried some more times and
    then given up. Whether the server takes others is found out by a heartbeat, so that nothing is given up in an
    outage.
    """

    def __init__(
        self,
        transport: WorkTransport,
        worker_id: str,
        lease_seconds: float,
        logger: logging.Logger,
        lock: threading.RLock,
        listener: Listener,
    ) -> None:
        self._transport = transport
        self._worker_id = worker_id
        self._lease_ms = round(lease_seconds * 1_000)
        self._logger = logger
        self._listener = listener
        self._condition = threading.Condition(lock)
        #: Those that have something to say; in their order, as all dicts are.
        self._speaking: dict[Held, None] = {}
        #: Those that will, when they have been silent for long enough.
        self._later: dict[Held, None] = {}
        #: Those whose reports are tried by themselves.
        self._aside: set[Held] = set()
        #: Those whose ending was put into the plainest words.
        self._plain: set[Held] = set()
        self._settled: set[Held] = set()
        self._busy = False
        self._closed = CancelToken()
        self._thread: threading.Thread | None = None
        #: Requests that were answered.
        self.requests = 0

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="waybill reports", daemon=True)
        self._thread.start()

    def note(self, held: Held) -> None:
        """It has something to say while it is at work."""
        with self._condition:
            if held in self._speaking or (held in self._later and not held.notes.is_urgent):
                return
            if held.notes.is_urgent or now() - held.noted_at >= NOTE_SECONDS:
                self._speak(held)
            else:
                self._later[held] = None
                self._condition.notify_all()

    def end(self, held: Held) -> None:
        with self._condition:
            self._later.pop(held, None)
            self._speak(held)

    def finish(self, seconds: float) -> None:
        """Returns when nothing is left to say, or the time is over and the rest is dropped."""
        with self._condition:
            self._condition.wait_for(
                lambda: (not self._speaking and not self._busy and not self._aside) or self._closed.is_set(), seconds
            )
        self.close()

    def close(self) -> None:
        self._closed.cancel(RuntimeError("the worker stops"))
        with self._condition:
            self._condition.notify_all()

    def _speak(self, held: Held) -> None:
        # Of what is set aside, the rest is looked at when that is over.
        if held not in self._aside and not self._closed.is_set():
            self._speaking[held] = None
            self._condition.notify_all()

    def _run(self) -> None:
        while True:
            with self._condition:
                self._busy = False
                self._condition.notify_all()
                while not self._speaking and not self._closed.is_set():
                    self._condition.wait(self._until_next())
                    self._speak_those_due()
                if self._closed.is_set():
                    return
                self._busy = True
                entries = gather(self._speaking)
            try:
                if entries:
                    self._deliver(entries, FAULTS_OF_MANY)
            except Exception as error:  # noqa: BLE001: the next ones are to be said all the same
                if not self._closed.is_set():
                    self._logger.error("reporting broke: %s", message_of(error), exc_info=error)

    def _until_next(self) -> float | None:
        """Seconds until the first of those that are silent for now."""
        if not self._later:
            return None
        return max(0.0, min(one.noted_at for one in self._later) + NOTE_SECONDS - now())

    def _speak_those_due(self) -> None:
        due = now() - NOTE_SECONDS
        for held in [one for one in self._later if one.noted_at <= due]:
            del self._later[held]
            self._speak(held)

    def _deliver(self, entries: list[Entry], faults: int) -> None:
        """After so many faults of the server the tasks are told apart."""
        tries = 0
        left = entries
        while left:
            outcomes = self._ask(left, faults)
            if outcomes is None:
                return
            again = [entry for entry, outcome in zip(left, outcomes) if self._hear(entry, outcome)]
            for some in by_task([entry for entry in again if entry.fault]):
                self._set_aside(some)
            left = [entry for entry in again if not entry.fault]
            if left:
                tries += 1
                pause(PAUSES.after(None, tries), self._closed)

    def _ask(self, entries: list[Entry], most: int) -> list[dict[str, Any]] | None:
        """None when they were dealt with otherwise."""
        tries = faults = 0
        while True:
            try:
                outcomes = self._report(entries)
            except Exception as error:  # noqa: BLE001: whatever it is, the next one may reach the server
                self._raise_if_over(error)
                tries += 1
                faults += isinstance(error, RequestError) and error.status == 500
                if (is_refusal(error) or faults >= most) and self._takes_others(entries[0].held):
                    self._tell_apart(entries)
                    return None
                seconds = PAUSES.after(error, tries)
                self._logger.warning(
                    "%d reports will be retried in %.1f s: %s", len(entries), seconds, describe(error)
                )
                pause(seconds, self._closed)
            else:
                if tries > 0:
                    self._logger.info("the server takes reports again")
                return outcomes

    def _report(self, entries: list[Entry]) -> list[dict[str, Any]]:
        body = {"workerId": self._worker_id, "reports": [entry.report for entry in entries]}
        outcomes: list[dict[str, Any]] = self._transport.report(body, self._closed)["outcomes"]
        self.requests += 1
        return outcomes

    def _raise_if_over(self, error: Exception) -> None:
        self._closed.raise_if_set()
        if is_locked_out(error):
            assert isinstance(error, RequestError)
            self.close()
            self._listener.locked_out(error)
            raise error

    def _takes_others(self, held: Held) -> bool:
        """Whether the server takes something else than reports from this worker."""
        body = {"workerId": self._worker_id, "leaseIds": [held.lease_id], "leaseMs": self._lease_ms}
        try:
            self._transport.heartbeat(body, self._closed)
        except Exception:  # noqa: BLE001
            return False
        return True

    def _tell_apart(self, entries: list[Entry]) -> None:
        """One of them is what the server does not take: the others are not to suffer for it."""
        tasks = by_task(entries)
        if len(tasks) == 1:
            return self._set_aside(tasks[0])
        half = (len(tasks) + 1) // 2
        for some in (tasks[:half], tasks[half:]):
            self._deliver([entry for of_one in some for entry in of_one], 1)

    def _set_aside(self, entries: list[Entry]) -> None:
        held = entries[0].held
        with self._condition:
            self._aside.add(held)
        threading.Thread(
            target=self._insist_aside, args=(held, entries), name="waybill report", daemon=True
        ).start()

    def _insist_aside(self, held: Held, entries: list[Entry]) -> None:
        try:
            self._insist(entries)
        except Exception as error:  # noqa: BLE001
            if not self._closed.is_set():
                self._logger.error("reporting broke: %s", message_of(error), exc_info=error)
        with self._condition:
            self._aside.discard(held)
            if held not in self._settled:
                self._speak(held)
            self._condition.notify_all()

    def _insist(self, entries: list[Entry]) -> None:
        """Says what is to be said of one task, one report at a time, and gives up those that are never taken."""
        for entry in entries:
            tries = 1
            while True:
                why, is_final = self._say_alone(entry)
                if why is None:
                    break
                if (is_final or tries >= FAULTS_OF_ONE) and self._takes_others(entry.held):
                    self._refused(entry, why)
                    break
                pause(PAUSES.after(None, min(tries, FAULTS_OF_ONE)), self._closed)
                tries += 1

    def _say_alone(self, entry: Entry) -> tuple[str | None, bool]:
        """Why it was not taken, and whether that is final; None when there is nothing more to be done about it."""
        try:
            outcome = self._report([entry])[0]
        except Exception as error:  # noqa: BLE001
            self._raise_if_over(error)
            return describe(error), is_refusal(error)
        if not self._hear(entry, outcome):
            return None, True
        return outcome.get("error", {}).get("message", "the server gave no reason"), False

    def _hear(self, entry: Entry, outcome: dict[str, Any]) -> bool:
        """Whether it is to be said again."""
        held, report = entry.held, entry.report
        if outcome["ok"]:
            if report["type"] == "step":
                self._step_heard(held, report["name"], None)
            if entry.is_ending:
                self._settle(held, "stored", outcome.get("status"))
            elif outcome.get("cancelRequested"):
                self._listener.cancel_requested(held)
            return False
        error = outcome.get("error") or {}
        code, message = error.get("code", "internal"), error.get("message", "")
        if code in ("lease_lost", "not_found"):
            if entry.is_ending:
                self._settle(held, "lost", None)
            else:
                self._listener.lost(held, LeaseLostError(message))
            return False
        entry.fault = code == "internal"
        if entry.fault or code in RETRYABLE_CODES:
            return True
        self._refused(entry, message)
        return False

    def _settle(self, held: Held, outcome: str, status: str | None) -> None:
        with self._condition:
            if held in self._aside:
                self._settled.add(held)
            self._plain.discard(held)
        self._listener.settled(held, outcome, status)

    def _refused(self, entry: Entry, why: str) -> None:
        """A note is dropped. How a task ended is said in other words, the plainest in the end."""
        held, report = entry.held, entry.report
        self._logger.error("a report (%s) on task %s was refused: %s", report["type"], held.name, why)
        if report["type"] == "step":
            words = f"The server did not take the result of step {report['name']}: {why}"
            # It would be refused the next time as well.
            self._step_heard(held, report["name"], DoNotRetry(shortened(words, 2_000)))
        if not entry.is_ending:
            return
        if report["type"] == "release" or held in self._plain:
            return self._settle(held, "dropped", None)
        whats = {"complete": "the result", "suspend": "what the attempt waits for"}
        what = whats.get(report["type"], "how the attempt failed")
        message = shortened(f"The server did not take {what}: {why}", 2_000)
        retry = report["type"] == "fail" and report.get("retry") is not False
        with self._condition:
            self._plain.add(held)
            held.ending = ({"leaseId": held.lease_id, "type": "fail", "message": message, "retry": retry}, 2_300)
            self._speak(held)

    def _step_heard(self, held: Held, name: str, refusal: BaseException | None) -> None:
        with self._condition:
            held.notes.step_heard(name, refusal)
