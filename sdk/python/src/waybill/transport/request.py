"""One try of a request."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from ..cancel import CancelToken
from .connections import Body, ConnectionPool, Deadline, Origin, exchange, hang_up, origin_of
from .retry_after import retry_after_seconds

#: Statuses below 500 after which the same request may work later.
PASSING = frozenset((408, 425, 429))
#: Of a refusal's body, which names every field that is wrong.
MAX_REFUSAL_BYTES = 1024**2
MAX_REDIRECTS = 10


class RequestError(Exception):
    """A request that did not end well. The message says how, to be put after what was asked: "answered 503"."""

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str | None = None,
        retryable: bool,
        retry_after: float | None = None,
        timed_out: bool = False,
        body: str = "",
        request_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        #: None when there was no answer.
        self.status = status
        self.code = code
        #: Whether the same request may work later.
        self.retryable = retryable
        #: Seconds that the other side asked for.
        self.retry_after = retry_after
        self.timed_out = timed_out
        self.body = body
        self.request_id = request_id


class Request(NamedTuple):
    method: str
    url: str
    headers: Mapping[str, str]
    #: Called for each try: what was read once is not there for the next one.
    body: Callable[[], Body] = lambda: None


class Response:
    """An answer with a status of 2xx, whose body is still to be read; `close` it."""

    def __init__(
        self,
        answer: http.client.HTTPResponse,
        deadline: Deadline,
        done: Callable[[bool], None],
        cancel: CancelToken | None,
    ) -> None:
        self._answer = answer
        self._done = done
        self._cancel = cancel
        self._closed = False
        self.deadline = deadline
        self.status = answer.status

    def header(self, name: str) -> str | None:
        return self._answer.getheader(name)

    def read(self, most: int) -> bytes:
        """All of it.

        Raises RequestError when there are more than `most` bytes, or the connection breaks.
        """
        length = self._answer.length
        if length is not None and length > most:
            self.close()
            raise RequestError(f"sent more than {most} bytes", status=self.status, retryable=False)
        pieces: list[bytes] = []
        size = 0
        for piece in self.pieces():
            size += len(piece)
            if size > most:
                self.close()
                raise RequestError(f"sent more than {most} bytes", status=self.status, retryable=False)
            pieces.append(piece)
        return b"".join(pieces)

    def pieces(self, size: int = 65_536, heard: Callable[[], None] = lambda: None) -> Iterator[bytes]:
        """The body as it comes, decoded from chunks.

        Raises RequestError when the connection breaks.
        """
        try:
            while True:
                piece = self._answer.read1(size)
                if piece == b"":
                    break
                heard()
                yield piece
            if self._answer.length not in (None, 0):
                raise http.client.IncompleteRead(b"")
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            if self._cancel is not None:
                self._cancel.raise_if_set()
            raise failed(error, self.deadline, None) from error
        self._finish(True)

    def close(self) -> None:
        self._finish(False)

    def _finish(self, is_read: bool) -> None:
        if self._closed:
            return
        self._closed = True
        reusable = is_read and not self._answer.will_close
        self._answer.close()
        self._done(reusable)


def request(
    pool: ConnectionPool,
    asked: Request,
    *,
    seconds: float,
    cancel: CancelToken | None = None,
    follow: bool = False,
) -> Response:
    """One try; redirects are refused unless `follow`: they could carry a secret to somewhere nobody meant.

    Raises RequestError for every answer that is not 2xx, no answer, and none in time; and the token's reason.
    """
    deadline = Deadline(seconds)
    method, url, headers, body = asked
    for _ in range(MAX_REDIRECTS):
        response = _once(pool, Request(method, url, headers, body), deadline, seconds, cancel)
        if 200 <= response.status < 300:
            return response
        target = response.header("location")
        if not (300 <= response.status < 400 and follow and target):
            raise _refused(response)
        response.close()
        url, before = urljoin(url, target), url
        if urlsplit(url)[:2] != urlsplit(before)[:2]:
            headers = {name: value for name, value in headers.items() if name.lower() != "authorization"}
        if response.status == 303 or (response.status in (301, 302) and method == "POST"):
            method, body = "GET", lambda: None
    raise RequestError(f"redirected more than {MAX_REDIRECTS} times", retryable=False)


def _once(
    pool: ConnectionPool, asked: Request, deadline: Deadline, seconds: float, cancel: CancelToken | None
) -> Response:
    if cancel is not None:
        cancel.raise_if_set()
    try:
        origin = origin_of(asked.url)
    except ValueError:
        raise RequestError("has a URL that is not http:// or https://", retryable=False) from None
    connection: http.client.HTTPConnection | None = None
    forget: Callable[[], None] = lambda: None  # noqa: E731
    try:
        connection = pool.open(origin, deadline)
        if cancel is not None:
            forget = cancel.on_cancel(hang_up(connection))
        answer = exchange(connection, asked.method, _target(asked.url), asked.headers, asked.body(), deadline)
    except (OSError, http.client.HTTPException, ValueError) as error:
        forget()
        if connection is not None:
            connection.close()
        if cancel is not None:
            cancel.raise_if_set()
        raise failed(error, deadline, seconds) from error
    except BaseException:
        forget()
        if connection is not None:
            connection.close()
        raise
    return Response(answer, deadline, _ending(pool, origin, connection, forget), cancel)


def _ending(
    pool: ConnectionPool, origin: Origin, connection: http.client.HTTPConnection, forget: Callable[[], None]
) -> Callable[[bool], None]:
    def done(reusable: bool) -> None:
        forget()
        if reusable and connection.sock is not None:
            pool.give_back(origin, connection)
        else:
            connection.close()

    return done


def _target(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _refused(response: Response) -> RequestError:
    status = response.status
    if 300 <= status < 400:
        response.close()
        return RequestError(
            f"answered with a redirect ({status}), which is refused", status=status, retryable=False
        )
    try:
        body = response.read(MAX_REFUSAL_BYTES).decode("utf-8", "replace")
    except RequestError:
        body = ""
    return RequestError(
        f"answered {status}",
        status=status,
        code=_code_in(body),
        retryable=status >= 500 or status in PASSING,
        retry_after=retry_after_seconds(response.header("retry-after"), time.time()),
        body=body,
        request_id=response.header("x-request-id"),
    )


def _code_in(text: str) -> str | None:
    try:
        code = json.loads(text)["error"]["code"]
    except (ValueError, KeyError, TypeError):
        return None
    return code if isinstance(code, str) else None


def failed(error: BaseException, deadline: Deadline, seconds: float | None) -> RequestError:
    """Never with the URL in it: a presigned one is a secret for as long as it is good."""
    if isinstance(error, TimeoutError) or time.monotonic() >= deadline.until:
        within = "in time" if seconds is None else f"within {seconds:g} s"
        return RequestError(f"did not answer {within}", retryable=True, timed_out=True)
    return RequestError(f"cannot be reached: {_reason(error)}", retryable=True)


def _reason(error: BaseException) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens there"
    if isinstance(error, socket.gaierror):
        return "there is no such host"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not valid ({error.verify_message})"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed ({error.reason or 'no reason was given'})"
    if isinstance(error, (ConnectionError, http.client.IncompleteRead, http.client.BadStatusLine)):
        return "the connection broke"
    return type(error).__name__
