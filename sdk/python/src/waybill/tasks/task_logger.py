"""A logger of the standard library that writes to the log of a task."""

from __future__ import annotations

import logging
from collections.abc import Callable

from .job import LogLevel


def task_logger(line: Callable[[str, LogLevel], None]) -> logging.Logger:
    logger = logging.Logger("waybill.task", logging.DEBUG)
    logger.addHandler(_LineHandler(line))
    return logger


class _LineHandler(logging.Handler):
    def __init__(self, line: Callable[[str, LogLevel], None]) -> None:
        super().__init__()
        self._line = line

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._line(self.format(record), level_of(record.levelno))
        except Exception:  # noqa: BLE001: as every handler of the standard library does
            self.handleError(record)


def level_of(number: int) -> LogLevel:
    if number >= logging.ERROR:
        return "error"
    if number >= logging.WARNING:
        return "warn"
    return "info" if number >= logging.INFO else "debug"
