"""How the methods of routes are carried out."""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypedDict
from urllib.parse import quote, urlencode

from ..cancel import CancelToken
from ..errors import ApiError
from ..generated.route_table import ROUTES, Route
from ..json_text import Problems, dumps, plain_json
from ..transport.request import Request, RequestError, Response
from .sending import Sender, api_error, call, send
from .stream import stream

#: A large file over a slow line takes its time: seconds of one attempt, unless the call says otherwise.
TRANSFER_SECONDS = 900.0


class CallOptions(TypedDict, total=False):
    """What every call takes."""

    #: Seconds of each attempt.
    timeout: float
    #: Attempts after the first.
    retries: int
    #: Set from another thread, it ends the call with the code "aborted".
    cancel: CancelToken | None


class Download:
    """A file that is being answered. Read it once, by one of its methods; it is a context manager, too."""

    def __init__(self, response: Response, url: str) -> None:
        self._response = response
        self._url = url

    @property
    def content_type(self) -> str | None:
        return self._response.header("content-type")

    @property
    def length(self) -> int | None:
        """Bytes, where the server says so before."""
        length = self._response.header("content-length")
        return int(length) if length is not None and length.isdigit() else None

    def header(self, name: str) -> str | None:
        return self._response.header(name)

    def __iter__(self) -> Iterator[bytes]:
        """Its bytes, piece by piece. Raises ApiError when the connection breaks."""
        try:
            yield from self._response.pieces()
        except RequestError as error:
            raise api_error(error, self._url) from error

    def read(self) -> bytes:
        return b"".join(self)

    def save(self, path: str | os.PathLike[str]) -> int:
        """Writes it beside, and moves it into place when it is complete; returns its bytes."""
        target = Path(path)
        unfinished = target.with_name(f"{target.name}.{uuid.uuid4().hex[:8]}.part")
        size = 0
        try:
            with unfinished.open("wb") as file:
                for piece in self:
                    size += file.write(piece)
            unfinished.replace(target)
        finally:
            unfinished.unlink(missing_ok=True)
            self.close()
        return size

    def close(self) -> None:
        self._response.close()

    def __enter__(self) -> Download:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Calls:
    """What the methods of all routes are made of."""

    def __init__(self, server: str, token: str | None, callback_secret: str | None, sender: Sender) -> None:
        self.server = server
        self._token = token
        self._callback_secret = callback_secret
        self._sender = sender

    def _call(
        self,
        name: str,
        params: Mapping[str, str],
        *,
        query: Mapping[str, Any] | None = None,
        body: object = None,
        idempotency_key: str | None = None,
        **options: Any,
    ) -> Any:
        route = ROUTES[name]
        headers = self._headers(route)
        headers["accept"] = "application/json"
        if route.idempotent:
            headers["idempotency-key"] = idempotency_key or str(uuid.uuid4())
        text: bytes | None = None
        if body is not None:
            headers["content-type"] = "application/json"
            text = _json_of(body)
        elif route.method != "GET":
            headers["content-length"] = "0"
        asked = Request(route.method, self._url(route, params, query), headers, lambda: text)
        return call(self._sender, asked, route.repeatable, **options)

    def _stream(
        self,
        name: str,
        params: Mapping[str, str],
        *,
        query: Mapping[str, Any] | None = None,
        on_connected: Callable[[], None] = lambda: None,
        **options: Any,
    ) -> Iterator[Any]:
        route = ROUTES[name]
        headers = {**self._headers(route), "accept": "text/event-stream"}
        url = self._url(route, params, query)
        return stream(self._sender, url, headers, on_connected=on_connected, **options)

    def _download(
        self,
        name: str,
        params: Mapping[str, str],
        *,
        query: Mapping[str, Any] | None = None,
        body: object = None,
        file: tuple[bytes, str] | None = None,
        **options: Any,
    ) -> Download:
        route = ROUTES[name]
        headers = self._headers(route)
        sent: bytes | None = None
        if file is not None:
            sent, headers["content-type"] = file
        elif body is not None:
            sent, headers["content-type"] = _json_of(body), "application/json"
        url = self._url(route, params, query)
        given: dict[str, Any] = {"timeout": TRANSFER_SECONDS, **options}
        response = send(self._sender, Request(route.method, url, headers, lambda: sent), route.repeatable, **given)
        return Download(response, url)

    def _url(self, route: Route, params: Mapping[str, str], query: Mapping[str, Any] | None) -> str:
        def value_of(found: re.Match[str]) -> str:
            value = str(params[found[1]])
            # URLs resolve dot segments, escaped or not: the request would go to another route.
            if value in ("", ".", ".."):
                raise ApiError("not_found", f'"{value}" is not a valid id.')
            return quote(value, safe="")

        path = re.sub(r":([A-Za-z]+)", value_of, route.path)
        pairs = [
            (name, _query_text(one))
            for name, value in (query or {}).items()
            if value is not None
            for one in (value if isinstance(value, (list, tuple)) else [value])
        ]
        return self.server + path + (f"?{urlencode(pairs)}" if pairs else "")

    def _headers(self, route: Route) -> dict[str, str]:
        # Who signs bodies sends them by other means.
        if route.auth in ("none", "signature"):
            return {}
        if route.auth == "worker":
            secret = self._callback_secret
            return {} if secret is None else {"x-gpu-callback-secret": secret}
        return {} if self._token is None else {"authorization": f"Bearer {self._token}"}


def _json_of(body: object) -> bytes:
    """Raises what the server would answer, could it see what JSON does not have."""
    problems = Problems()
    plain = plain_json(body, "", problems)
    if not problems:
        return dumps(plain)
    path, problem = next(iter(problems.fields.items()))
    message = f"The body cannot be sent: {path or 'it'} {problem}."
    raise ApiError("invalid_request", message, details={"fields": problems.fields})


def _query_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
