"""What a handler said on its way that is not sent yet."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from ..tasks.job import LogLevel
from ..times import iso
from .thrown import shortened

#: As many as the server keeps: of more than that, the oldest are not even sent.
KEPT_ERRORS = 100
KEPT_LINES = 10_000
KEPT_LENGTH = 8 * 1_048_576
#: Of one report: 1,000 lines, and about this many bytes.
LINES_AT_ONCE = 1_000
LOG_BYTES = 200_000
ITEM_LENGTH = 200
LINE_LENGTH = 16_384


@dataclass
class _Step:
    result: Any
    size: int
    took_ms: int
    stored: Future[None] = field(default_factory=Future)
    is_sent: bool = False


@dataclass
class _Line:
    number: int
    at: str
    level: LogLevel
    message: str


class Notes:
    """Never more than the server would keep. Its owner's lock is held for each call."""

    def __init__(self) -> None:
        self._progress: tuple[int, int | None] | None = None
        self._lines: deque[_Line] = deque()
        #: Of the lines' messages.
        self._length = 0
        #: Of the newest line: those that were dropped on the way leave their numbers out.
        self._line_number = 0
        self._errors: deque[dict[str, Any]] = deque(maxlen=KEPT_ERRORS)
        self._cost = 0
        #: Those of which it is not known yet whether they are stored.
        self._steps: dict[str, _Step] = {}
        #: Of the newest report that can be told from its repetition.
        self._number = 0

    def progress(self, processed: int, total: int | None) -> None:
        before = self._progress[1] if self._progress is not None else None
        self._progress = (processed, total if total is not None else before)

    def error(self, item: str | None, thrown: dict[str, Any]) -> None:
        self._errors.append({"item": None if item is None else shortened(item, ITEM_LENGTH), **thrown})

    def line(self, level: LogLevel, message: str) -> None:
        kept = shortened(message, LINE_LENGTH)
        self._line_number += 1
        self._lines.append(_Line(self._line_number, iso(), level, kept))
        self._length += len(kept)
        while len(self._lines) > KEPT_LINES or self._length > KEPT_LENGTH:
            self._length -= len(self._lines.popleft().message)

    def cost(self, micro_usd: int) -> None:
        self._cost += micro_usd

    def step(self, name: str, result: Any, size: int, took_ms: int) -> Future[None]:
        """Done when the server has stored it."""
        step = _Step(result, size, took_ms)
        self._steps[name] = step
        return step.stored

    def step_heard(self, name: str, refusal: BaseException | None) -> None:
        """What became of a step that was sent."""
        step = self._steps.pop(name, None)
        if step is None or step.stored.done():
            return
        if refusal is None:
            step.stored.set_result(None)
        else:
            step.stored.set_exception(refusal)

    @property
    def is_urgent(self) -> bool:
        """Whether a handler waits until the server has heard it."""
        return any(not step.is_sent for step in self._steps.values())

    def clear(self, why: BaseException) -> None:
        """Nobody hears it any more."""
        for name in list(self._steps):
            self.step_heard(name, why)
        self._progress = None
        self._lines.clear()
        self._length = 0
        self._errors.clear()
        self._cost = 0

    def next(self, lease_id: str) -> tuple[dict[str, Any], int] | None:
        """Takes off the next report, and about how many bytes it has; None when nothing is left."""
        for name, step in self._steps.items():
            if not step.is_sent:
                step.is_sent = True
                report = {"leaseId": lease_id, "type": "step", "name": name, "result": step.result}
                return {**report, "tookMs": step.took_ms}, 200 + step.size
        if self._lines:
            return self._some_lines(lease_id)
        if self._errors:
            error = self._errors.popleft()
            size = 150 + len(error["message"]) + len(error.get("stack", ""))
            return {"leaseId": lease_id, "type": "error", "number": self._next_number(), **error}, size
        if self._cost > 0:
            cost, self._cost = self._cost, 0
            return {"leaseId": lease_id, "type": "cost", "number": self._next_number(), "microUsd": cost}, 120
        if self._progress is None:
            return None
        (processed, total), self._progress = self._progress, None
        return {
            "leaseId": lease_id,
            "type": "progress",
            "number": self._next_number(),
            "processed": processed,
            "total": total,
        }, 140

    def _next_number(self) -> int:
        self._number += 1
        return self._number

    def _some_lines(self, lease_id: str) -> tuple[dict[str, Any], int]:
        """That follow each other."""
        first = self._lines[0].number
        lines: list[dict[str, Any]] = []
        size = 100
        while self._lines and len(lines) < LINES_AT_ONCE and size < LOG_BYTES:
            if self._lines[0].number != first + len(lines):
                break
            line = self._lines.popleft()
            self._length -= len(line.message)
            size += 80 + len(line.message.encode())
            lines.append({"at": line.at, "level": line.level, "message": line.message})
        return {"leaseId": lease_id, "type": "log", "firstLine": first, "lines": lines}, size
