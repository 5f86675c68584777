"""What handlers log by the standard library's `logging`, in the logs of their tasks."""

from __future__ import annotations

import logging
import threading

from ..tasks.task_logger import level_of
from .runner import current


class _Capture(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        held = current.get()
        # What a worker says of itself is not the task's.
        if held is None or held.log_line is None or record.name.partition(".")[0] == "waybill":
            return
        try:
            for line in self.format(record).splitlines():
                held.log_line(line, level_of(record.levelno))
        except Exception:  # noqa: BLE001: as every handler of the standard library does
            self.handleError(record)


_capture = _Capture()
_lock = threading.Lock()
#: Workers of this process that capture.
_workers = 0


def begin_capture() -> None:
    """Has the root logger write to the logs of tasks as well, until as many calls of `end_capture` were made."""
    global _workers
    with _lock:
        _workers += 1
        logging.getLogger().addHandler(_capture)


def end_capture() -> None:
    global _workers
    with _lock:
        _workers -= 1
        if _workers == 0:
            logging.getLogger().removeHandler(_capture)
