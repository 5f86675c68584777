"""The Retry-After header."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime


def retry_after_seconds(header: str | None, now: float) -> float | None:
    """Seconds from `now` (a time since 1970): a number, or an HTTP date. None when there is none, or it is neither."""
    text = (header or "").strip()
    if re.fullmatch(r"\d{1,12}(\.\d{1,6})?", text):
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (TypeError, ValueError, OverflowError):
        return None
