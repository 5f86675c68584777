"""What is told of something raised: what a store can keep, within limits."""

from __future__ import annotations

import errno
import os
import traceback
from typing import Any

MESSAGE_LENGTH = 2_000
CODE_LENGTH = 100
STACK_LENGTH = 4_000
#: Causes below causes, and errors of one group.
MAX_DEPTH = 5
MAX_ERRORS = 10
#: Of one error's own stack, so that its causes have room.
MAX_FRAMES = 12
_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


def thrown_of(raised: object) -> dict[str, Any]:
    """`message`, and `code` and `stack` where there are any. Never raises."""
    try:
        return _told(raised)
    except Exception:  # noqa: BLE001: what is raised can be of any making
        return {"message": "What was raised cannot be read."}


def message_of(raised: object, most: int = MESSAGE_LENGTH) -> str:
    try:
        text = str(raised)
    except Exception:  # noqa: BLE001
        text = ""
    if not text.strip():
        text = type(raised).__name__ if isinstance(raised, BaseException) else "unknown"
    return shortened(text, most)


def shortened(text: str, most: int) -> str:
    """At most so many units of UTF-16, which is how servers count; what could not be stored is replaced."""
    text = text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    if len(text) * 2 <= most:
        return text
    units = text.encode("utf-16-le")
    if len(units) <= most * 2:
        return text
    return units[: (most - 1) * 2].decode("utf-16-le", "ignore") + "…"


def _told(raised: object) -> dict[str, Any]:
    told: dict[str, Any] = {"message": message_of(raised)}
    code = _code_of(raised)
    if code:
        told["code"] = shortened(code, CODE_LENGTH)
    if isinstance(raised, BaseException):
        told["stack"] = shortened("\n".join(_chain(raised, 0, set())), STACK_LENGTH)
    return told


def _code_of(raised: object) -> str:
    if isinstance(raised, OSError) and raised.errno is not None:
        return errno.errorcode.get(raised.errno, str(raised.errno))
    for name in ("code", "sqlstate", "pgcode"):
        code = getattr(raised, name, None)
        if isinstance(code, (str, int)) and not isinstance(code, bool):
            return str(code)
    return ""


def _chain(error: BaseException, depth: int, seen: set[int]) -> list[str]:
    """The stack of an error, innermost frame first, then of what it names as its causes, each once."""
    if id(error) in seen:
        return ["[it is its own cause]"]
    seen.add(id(error))
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not os.path.abspath(frame.filename).startswith(_PACKAGE)]
    lines = [f"{type(error).__name__}: {message_of(error, 500)}"]
    lines += [
        shortened(f"    at {frame.name} ({short_path(frame.filename)}:{frame.lineno})", 300)
        for frame in reversed(own[-MAX_FRAMES:])
    ]
    if depth >= MAX_DEPTH:
        return lines
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        lines += _indented("caused by: ", _chain(cause, depth + 1, seen))
    errors = getattr(error, "exceptions", None)
    if isinstance(errors, (tuple, list)):
        for number, one in enumerate(errors[:MAX_ERRORS], 1):
            if isinstance(one, BaseException):
                lines += _indented(f"error {number} of {len(errors)}: ", _chain(one, depth + 1, seen))
    return lines


def _indented(first: str, lines: list[str]) -> list[str]:
    return [f"  {first}{lines[0]}", *(f"  {line}" for line in lines[1:])]


def short_path(path: str) -> str:
    """Where something is, without what is about this machine alone."""
    for mark in ("site-packages", "dist-packages"):
        before, found, after = path.rpartition(f"{os.sep}{mark}{os.sep}")
        if found and before:
            return after
    here = os.getcwd() + os.sep
    if path.startswith(here):
        return path[len(here) :]
    home = os.path.expanduser("~") + os.sep
    return f"~/{path[len(home) :]}" if path.startswith(home) and len(home) > 2 else path
