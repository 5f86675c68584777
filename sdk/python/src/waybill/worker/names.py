"""Names of steps, children and sleeps, by which an attempt finds what earlier ones have done."""

from __future__ import annotations

import threading

NAME_LENGTH = 100


def check_name(name: object, what: str) -> None:
    """Raises TypeError when it is no name; `what` it names: "a step"."""
    usable = isinstance(name, str) and name.strip() != "" and "\n" not in name and "\r" not in name
    if not usable or len(str(name).encode("utf-16-le", "replace")) > 2 * NAME_LENGTH:
        raise TypeError(f"{name!r} is not a name of {what}: use a line of 1 to {NAME_LENGTH} characters")


class DefaultNames:
    """For what is not named: `import`, `import 2`, `import 3`, in the order of the calls."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, int] = {}

    def next(self, base: str) -> str:
        with self._lock:
            count = self._counts[base] = self._counts.get(base, 0) + 1
        return base if count == 1 else f"{base} {count}"
