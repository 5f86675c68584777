"""Reports on their way, and what fits into one request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .held import Held, now

#: Of one request: so many reports, and about so many bytes.
MAX_REPORTS = 1_000
MAX_BYTES = 900_000


@dataclass(eq=False)
class Entry:
    held: Held
    report: dict[str, Any]
    is_ending: bool
    #: Whether the server has failed over this very report.
    fault: bool = False


def gather(speaking: dict[Held, None]) -> list[Entry]:
    """Takes off what fits into one request. The worker's lock is held."""
    entries: list[Entry] = []
    size = 0
    at = now()
    for held in list(speaking):
        held.noted_at = at
        while True:
            if len(entries) == MAX_REPORTS or size > MAX_BYTES:
                return entries
            note = held.notes.next(held.lease_id)
            if note is None:
                break
            report, bytes_of_report = note
            size += bytes_of_report
            entries.append(Entry(held, report, False))
        if held.ending is not None and not held.is_lost:
            report, bytes_of_report = held.ending
            size += bytes_of_report
            if entries and size > MAX_BYTES:
                return entries
            entries.append(Entry(held, report, True))
        del speaking[held]
    return entries


def by_task(entries: list[Entry]) -> list[list[Entry]]:
    tasks: dict[Held, list[Entry]] = {}
    for entry in entries:
        tasks.setdefault(entry.held, []).append(entry)
    return list(tasks.values())
