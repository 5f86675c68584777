"""Workers: begun and stopped."""

from __future__ import annotations

import logging
import ssl
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..cancel import CancelToken
from ..client.saved import server_and_token
from ..tasks.definition import HandledTask
from ..tasks.job import TaskJob
from ..transport.request import RequestError
from .heart import Heart
from .held import Held
from .logging_capture import begin_capture, end_capture
from .options import Settings, handlers_of, schemas_of, seconds_in_range, whole_in_range, worker_id_of
from .reasons import ShutdownError
from .signals import StopSignals
from .stats import WorkerStats
from .work import Work

#: For handlers to stop once they are told to, at shutdown.
GRACE_SECONDS = 1.0
#: For the last reports.
LAST_WORDS_SECONDS = 10.0


class Worker(Work):
    """Does tasks until it is stopped. Killed at any moment, it loses nothing: when its leases have run out, other
    workers take its tasks.

        Worker("http://127.0.0.1:8787", token, tasks=[importing]).run()

    `handlers` by task type, and `tasks` that have one: 1 to 100 together. Handlers that are `async def` share an
    event loop; each of the others has a thread. `concurrency` tasks at work at once, 1 to 1,000. `prefetch`, how many
    are taken beyond those: unless given, as many as will be begun within 0.2 s by how long they take.
    `lease_seconds`, 1 to 600: how long the server waits for a sign of life before another worker gets the tasks.
    `shutdown_seconds`: how long tasks at work may go on when the worker is stopped. `on_error` hears of what handlers
    raise, with the task; and of what the worker stopped for by itself, with None. `catch_stray`: errors of
    coroutines that nobody awaits fail the attempt that they come from. `capture_logging`: what handlers log by the
    standard library's `logging` goes to the logs of their tasks as well. The log of the worker is that of the logger
    "waybill.worker"; without a configuration of `logging`, warnings and errors go to standard error.

    Raises ValueError and TypeError when an option is missing or out of its range.
    """

    def __init__(
        self,
        server: str | None = None,
        token: str | None = None,
        *,
        handlers: Mapping[str, Callable[..., Any]] | None = None,
        tasks: Iterable[HandledTask[Any, Any]] = (),
        concurrency: int = 10,
        prefetch: int | None = None,
        lease_seconds: float = 10.0,
        shutdown_seconds: float = 30.0,
        worker_id: str | None = None,
        on_error: Callable[[BaseException, TaskJob[Any] | None], object] | None = None,
        catch_stray: bool = False,
        capture_logging: bool = False,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        tasks = list(tasks)
        every = handlers_of(handlers or {}, tasks)
        address, found = server_and_token(server, token)
        if not found:
            raise ValueError("token is missing: give it, or set WAYBILL_TOKEN")
        settings = Settings(
            server=address,
            token=found,
            handlers=every,
            schemas=schemas_of(tasks),
            concurrency=whole_in_range("concurrency", concurrency, 1, 1_000),
            prefetch=None if prefetch is None else whole_in_range("prefetch", prefetch, 0, 1_000),
            lease_seconds=seconds_in_range("lease_seconds", lease_seconds, 1, 600),
            shutdown_seconds=seconds_in_range("shutdown_seconds", shutdown_seconds, 0, 86_400),
            worker_id=worker_id_of(worker_id),
            logger=logging.getLogger("waybill.worker"),
            on_error=on_error,
            catch_stray=catch_stray,
            capture_logging=capture_logging,
            ssl_context=ssl_context,
        )
        super().__init__(settings)
        self._begin_stop = self._stop_soon
        self._heart_stop = CancelToken()
        self._threads: list[threading.Thread] = []
        self._stopper: threading.Thread | None = None
        self._done = threading.Event()

    @property
    def worker_id(self) -> str:
        return self._settings.worker_id

    @property
    def stats(self) -> WorkerStats:
        with self._lock:
            return WorkerStats(
                **self._counts,
                running=len(self._running),
                waiting=len(self._waiting),
                unreported=self._unreported,
                reports=self._reporter.requests,
            )

    def start(self) -> Worker:
        """Begins, in threads of its own, which do not keep the program from ending. Once."""
        with self._lock:
            if self._threads:
                raise RuntimeError("the worker was started before")
            heart = Heart(
                self._transport, self.worker_id, self._settings.lease_seconds, self._types_now, self._logger, self._all_held,
                self.lost, self.cancel_requested, self.locked_out, self._return_the_stuck,
            )  # fmt: skip
            if self._settings.capture_logging:
                begin_capture()
            self._reporter.start()
            self._threads = [
                threading.Thread(target=self._take, name="waybill takes", daemon=True),
                threading.Thread(
                    target=heart.keep_beating, args=(self._heart_stop,), name="waybill heart", daemon=True
                ),
            ]
            for thread in self._threads:
                thread.start()
        self._logger.info("worker %s started for %s", self.worker_id, ", ".join(self._settings.types))
        return self

    def run(self) -> None:
        """Begins, and returns when it was stopped: by SIGTERM or SIGINT, a second one of which ends the program at
        once, or by `stop`. Call it in the main thread. Raises WorkerFailed.
        """
        with StopSignals(self._begin_stop):
            if not self._threads:
                self.start()
            self.wait()

    def wait(self, timeout: float | None = None) -> bool:
        """Whether it has stopped, within so many seconds. Raises WorkerFailed when it has by itself."""
        stopped = self._done.wait(timeout)
        if stopped and self._failure is not None:
            raise self._failure
        return stopped

    def stop(self) -> None:
        """Takes no more tasks, returns those not begun, lets those at work go on for `shutdown_seconds`, then tells
        them to stop, and returns what has not ended a second later. Returns when the server has heard of all that, or
        cannot be reached. May be called again.
        """
        self._begin_stop()
        self._done.wait()

    def __enter__(self) -> Worker:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    # Stopping.

    def _stop_soon(self) -> None:
        with self._lock:
            if self._stopper is None:
                self._stopper = threading.Thread(target=self._stop, name="waybill stops", daemon=True)
                self._stopper.start()

    def _stop(self) -> None:
        with self._changed:
            self._logger.info("worker stops: %d running, %d waiting", len(self._running), len(self._waiting))
            self._stopping.cancel(ShutdownError("The worker stops."))
            self._changed.notify_all()
        if self._threads:
            self._threads[0].join(LAST_WORDS_SECONDS)
        with self._lock:
            # Not before, or the request that is open would take them again.
            self._return_waiting()
        if self._failure is None:
            self._running_end(self._settings.shutdown_seconds)
        for held in self._running_now():
            held.stop(ShutdownError("The worker stops."))
        self._running_end(GRACE_SECONDS)
        with self._lock:
            for held in self._running_now():
                self._end(held, {"leaseId": held.lease_id, "type": "release"})
        if self._failure is None and self._threads:
            self._reporter.finish(min(LAST_WORDS_SECONDS, max(self._settings.lease_seconds, GRACE_SECONDS)))
        self._reporter.close()
        self._heart_stop.cancel(ShutdownError("The worker stops."))
        if self._failure is None and self._threads:
            self._say_goodbye()
        self._close()

    def _close(self) -> None:
        for held in self._all_held():
            with self._lock:
                held.notes.clear(ShutdownError("The worker has stopped."))
        self._runner.close()
        self._timers.close()
        self._transport.close()
        if self._settings.capture_logging and self._threads:
            end_capture()
        self._logger.info("worker stopped: %s", self.stats)
        self._done.set()

    def _say_goodbye(self) -> None:
        """Also where no take waited that would have been told. Nothing depends on it: a worker is forgotten in the
        end.
        """
        try:
            body = {"workerId": self.worker_id, "leaseIds": [], "stopping": True}
            self._transport.heartbeat(body, None, GRACE_SECONDS)
        except RequestError:
            pass

    def _running_now(self) -> list[Held]:
        with self._lock:
            return list(self._running)

    def _running_end(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self._running, seconds)
