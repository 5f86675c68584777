"""Where handlers run: each in a thread of its own, or, if it is `async def`, on one event loop with the others."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from queue import SimpleQueue
from typing import Any, Protocol

from ..tasks.definition import is_async
from .attempt import Attempted, completed, failed
from .context import AsyncContext, BaseContext, Context
from .held import Held
from .thrown import message_of

#: Whose handler runs: known wherever its own calls lead, in the tasks that it creates on the event loop too.
current: ContextVar[Held | None] = ContextVar("waybill_task", default=None)

Done = Callable[[Held, Attempted], None]


class Runner(Protocol):
    def run(self, held: Held, on_note: Callable[[Held], None], done: Done) -> None:
        """Runs the handler of a task, and calls `done` in some thread."""

    def close(self) -> None: ...


class HandlerRunner:
    """Runs handlers in this process."""

    def __init__(
        self,
        handlers: Mapping[str, Callable[..., Any]],
        lock: threading.RLock,
        *,
        catch_stray: bool,
        capture_logging: bool,
        logger: logging.Logger,
    ) -> None:
        self._handlers = handlers
        self._lock = lock
        self._capture_logging = capture_logging
        self._threads = HandlerThreads()
        self._loop = HandlerLoop(catch_stray, logger)

    def run(self, held: Held, on_note: Callable[[Held], None], done: Done) -> None:
        handler = self._handlers[held.task["type"]]
        if is_async(handler):
            async_ctx = AsyncContext(held, self._lock, on_note)
            self._listen(held, async_ctx)
            self._loop.run(held, handler, async_ctx, done)
        else:
            ctx = Context(held, self._lock, on_note)
            self._listen(held, ctx)
            self._threads.run(lambda: done(held, _attempt(held, handler, ctx)))

    def _listen(self, held: Held, ctx: BaseContext) -> None:
        if self._capture_logging:
            held.log_line = ctx.log

    def close(self) -> None:
        self._threads.close()
        self._loop.close()


def _attempt(held: Held, handler: Callable[..., Any], ctx: Context) -> Attempted:
    token = current.set(held)
    try:
        return completed(held, handler(held.job(), ctx))
    except BaseException as raised:  # noqa: BLE001: whatever it is, the task has to end
        return failed(held, raised)
    finally:
        current.reset(token)


class HandlerThreads:
    """As many threads as there are handlers at work at once. They do not keep the program from ending."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._idle = 0
        self._count = 0

    def run(self, work: Callable[[], None]) -> None:
        with self._lock:
            needs_more = self._idle == 0
            if needs_more:
                self._count += 1
                number = self._count
            else:
                self._idle -= 1
        self._queue.put(work)
        if needs_more:
            threading.Thread(target=self._work, name=f"waybill handler {number}", daemon=True).start()

    def close(self) -> None:
        with self._lock:
            count = self._count
        for _ in range(count):
            self._queue.put(None)

    def _work(self) -> None:
        while True:
            work = self._queue.get()
            if work is None:
                return
            work()
            with self._lock:
                self._idle += 1


class HandlerLoop:
    """The event loop of handlers that are coroutines, in a thread; begun when the first of them is."""

    def __init__(self, catch_stray: bool, logger: logging.Logger) -> None:
        self._catch_stray = catch_stray
        self._logger = logger
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    def run(self, held: Held, handler: Callable[..., Any], ctx: AsyncContext, done: Done) -> None:
        loop = self._running()

        def begin() -> None:
            token = current.set(held)
            try:
                task = loop.create_task(_attempt_async(held, handler, ctx, done))
            finally:
                current.reset(token)

            def fail(error: BaseException) -> None:
                held.stray_error = error
                task.cancel()

            held.on_stray = fail

            def stop() -> None:
                if not loop.is_closed():
                    loop.call_soon_threadsafe(task.cancel)

            forget = held.cancelled.on_cancel(stop)
            task.add_done_callback(lambda _: forget())

        loop.call_soon_threadsafe(begin)

    def close(self) -> None:
        with self._lock:
            loop, self._loop = self._loop, None
        if loop is None:
            return

        def stop(running: asyncio.AbstractEventLoop) -> None:
            running.create_task(_stop_when_idle(running))

        # Handlers that have not stopped when they were told go on until they end.
        loop.call_soon_threadsafe(stop, loop)

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._loop.set_exception_handler(self._uncaught)
                if self._catch_stray:
                    self._loop.set_task_factory(_marked)
                thread = threading.Thread(
                    target=_run_and_close, args=(self._loop,), name="waybill handlers (asyncio)", daemon=True
                )
                thread.start()
            return self._loop

    def _uncaught(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if not isinstance(error, BaseException):
            loop.default_exception_handler(context)
            return
        held: Held | None = getattr(context.get("future"), "waybill_held", None)
        if held is not None and held.stray(error):
            return
        whose = "" if held is None else f" (task {held.name}, which had ended)"
        self._logger.error("nobody caught an error%s: %s", whose, message_of(error), exc_info=error)


def _run_and_close(loop: asyncio.AbstractEventLoop) -> None:
    loop.run_forever()
    loop.close()


async def _stop_when_idle(loop: asyncio.AbstractEventLoop) -> None:
    others = asyncio.all_tasks(loop) - {asyncio.current_task(loop)}
    await asyncio.gather(*others, return_exceptions=True)
    loop.stop()


async def _attempt_async(held: Held, handler: Callable[..., Any], ctx: AsyncContext, done: Done) -> None:
    try:
        attempted = completed(held, await handler(held.job(), ctx))
    except asyncio.CancelledError as raised:
        attempted = failed(held, held.stray_error or raised)
    except BaseException as raised:  # noqa: BLE001: whatever it is, the task has to end
        attempted = failed(held, raised)
    done(held, attempted)


class _MarkedTask(asyncio.Task[Any]):
    """Knows whose handler created it, so that an error that nobody awaits finds its attempt."""

    waybill_held: Held | None = None


def _marked(loop: asyncio.AbstractEventLoop, coro: Any, **named: Any) -> asyncio.Task[Any]:
    task = _MarkedTask(coro, loop=loop, **named)
    task.waybill_held = current.get()
    return task
