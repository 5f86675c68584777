"""Streams of Server-Sent Events, over as many connections as it takes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..cancel import CancelToken
from ..errors import ApiError
from ..transport.request import Request, RequestError, Response
from .sending import Sender, send

#: A server says something every 15 seconds, be it only that nothing happened.
SILENCE_SECONDS = 45.0
#: Between a connection that brought nothing and the next one.
PAUSE_SECONDS = 2.0
#: Of one event, which may have a job with all that its kind says of it.
MAX_EVENT_BYTES = 8 * 1024**2


def stream(
    sender: Sender,
    url: str,
    headers: Mapping[str, str],
    *,
    on_connected: Callable[[], None] = lambda: None,
    cancel: CancelToken | None = None,
    timeout: float | None = None,
    retries: int | None = None,
) -> Iterator[Any]:
    """The data of each event. Each connection goes on after the last event that was seen; ends when the server says
    that nothing more comes. Closing the iterator closes the connection. `timeout` is of an answer's beginning.
    """
    last = ""
    while True:
        sent = headers if last == "" else {**headers, "last-event-id": last}
        response = send(
            sender, Request("GET", url, sent), True, timeout=timeout, retries=retries, cancel=cancel
        )
        if response.status == 204:
            response.close()
            return
        on_connected()
        response.deadline.extend(SILENCE_SECONDS)
        brought = False
        try:
            for event_id, data in _unbroken(response, cancel):
                last = event_id or last
                brought = True
                yield json.loads(data)
        finally:
            response.close()
        if not brought:
            _pause(cancel)


def _unbroken(response: Response, cancel: CancelToken | None) -> Iterator[tuple[str, str]]:
    """Ends where the connection broke: the next one goes on from there."""
    try:
        yield from _events_in(response)
    except RequestError:
        return
    except BaseException as error:
        if cancel is not None and error is cancel.reason:
            raise ApiError("aborted", "The watch was stopped; the job continues.") from error
        raise


def _pause(cancel: CancelToken | None) -> None:
    if (cancel or CancelToken()).wait(PAUSE_SECONDS):
        raise ApiError("aborted", "The watch was stopped; the job continues.")


def _events_in(response: Response) -> Iterator[tuple[str, str]]:
    def heard() -> None:
        response.deadline.extend(SILENCE_SECONDS)

    text = b""
    for piece in response.pieces(heard=heard):
        text += piece
        *events, text = text.split(b"\n\n")
        for event in events:
            lines = event.decode("utf-8", "replace").split("\n")
            data = _field(lines, "data")
            if data is not None:
                yield _field(lines, "id") or "", data
        if len(text) > MAX_EVENT_BYTES:
            raise ApiError("unexpected_answer", f"An event is longer than {MAX_EVENT_BYTES} bytes.")


def _field(lines: list[str], name: str) -> str | None:
    start = f"{name}: "
    return next((line[len(start) :] for line in lines if line.startswith(start)), None)
