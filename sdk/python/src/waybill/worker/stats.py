"""Counts of a worker."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class WorkerStats:
    """Since it began, and what it has now."""

    #: Each is then completed, failed, returned, canceled, suspended or lost.
    taken: int = 0
    completed: int = 0
    #: Attempts, whether another one follows or not.
    failed: int = 0
    returned: int = 0
    canceled: int = 0
    #: Interrupted, while their handlers wait for other tasks, or for a time.
    suspended: int = 0
    #: Another worker has them, or may have them.
    lost: int = 0
    running: int = 0
    #: Taken and not begun.
    waiting: int = 0
    #: Ended, and the server has not heard of it yet.
    unreported: int = 0
    #: Requests to the server that were answered.
    takes: int = 0
    reports: int = 0
