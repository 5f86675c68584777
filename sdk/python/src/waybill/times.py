"""Times as the API has them: ISO 8601 in UTC."""

from __future__ import annotations

from datetime import datetime, timezone


def aware(at: datetime) -> datetime:
    """Without a time zone it is UTC."""
    return at if at.tzinfo is not None else at.replace(tzinfo=timezone.utc)


def iso(at: datetime | None = None) -> str:
    """To the millisecond; now if not given."""
    at = datetime.now(timezone.utc) if at is None else aware(at).astimezone(timezone.utc)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_iso(text: str) -> datetime:
    return aware(datetime.fromisoformat(text.replace("Z", "+00:00")))
