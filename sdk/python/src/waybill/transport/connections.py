"""Connections to HTTP servers that are kept for the next request."""

from __future__ import annotations

import http.client
import io
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, Union
from urllib.parse import urlsplit

#: Of one server: more are closed after their request.
MAX_IDLE = 64
#: Servers close a connection after a while (Node after five seconds); one that was idle for longer is not used.
MAX_IDLE_SECONDS = 4.0
#: To reach a server, within the time limit of its request.
CONNECT_SECONDS = 20.0

Body = Union[bytes, Iterable[bytes], None]


class Deadline:
    """When an exchange has to be over; moved on by those who only limit silence."""

    def __init__(self, seconds: float) -> None:
        self.until = time.monotonic() + seconds

    def extend(self, seconds: float) -> None:
        self.until = time.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds that are left.

        Raises TimeoutError when there are none.
        """
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time is over")
        # A socket takes no more than some years.
        return min(left, 86_400.0)


class Origin(NamedTuple):
    scheme: str
    host: str
    port: int


def origin_of(url: str) -> Origin:
    """Raises ValueError when it is no http or https URL."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("is no http:// or https:// URL")
    return Origin(parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80))


class ConnectionPool:
    """Takes part in any number of exchanges at the same time; idle connections are used again."""

    def __init__(self, ssl_context: ssl.SSLContext | None = None) -> None:
        self._ssl_context = ssl_context
        self._lock = threading.Lock()
        self._idle: dict[Origin, list[tuple[http.client.HTTPConnection, float]]] = {}

    def open(self, origin: Origin, deadline: Deadline) -> http.client.HTTPConnection:
        """A connection that is or will be connected: an idle one that is still good, or a new one."""
        now = time.monotonic()
        while True:
            with self._lock:
                waiting = self._idle.get(origin)
                found = waiting.pop() if waiting else None
            if found is None:
                return self._connect(origin, deadline)
            connection, since = found
            if now - since <= MAX_IDLE_SECONDS and not _is_closed(connection):
                return connection
            connection.close()

    def give_back(self, origin: Origin, connection: http.client.HTTPConnection) -> None:
        now = time.monotonic()
        stale: list[http.client.HTTPConnection] = []
        with self._lock:
            waiting = self._idle.setdefault(origin, [])
            while waiting and now - waiting[0][1] > MAX_IDLE_SECONDS:
                stale.append(waiting.pop(0)[0])
            if len(waiting) < MAX_IDLE:
                waiting.append((connection, now))
            else:
                stale.append(connection)
        for one in stale:
            one.close()

    def close(self) -> None:
        with self._lock:
            all_idle = [one for waiting in self._idle.values() for one, _ in waiting]
            self._idle.clear()
        for one in all_idle:
            one.close()

    def __del__(self) -> None:
        # What nobody can use any more is not left to the collector, which would complain.
        self.close()

    def _connect(self, origin: Origin, deadline: Deadline) -> http.client.HTTPConnection:
        timeout = min(deadline.remaining(), CONNECT_SECONDS)
        connection: http.client.HTTPConnection
        if origin.scheme == "https":
            if self._ssl_context is None:
                self._ssl_context = ssl.create_default_context()
            connection = http.client.HTTPSConnection(
                origin.host, origin.port, timeout=timeout, context=self._ssl_context
            )
        else:
            connection = http.client.HTTPConnection(origin.host, origin.port, timeout=timeout)
        connection.connect()
        # A heartbeat is not to wait for the answer to what was sent before it.
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection


def _is_closed(connection: http.client.HTTPConnection) -> bool:
    """Whether the server has hung up: on an idle connection, nothing else can be read."""
    sock = connection.sock
    if sock is None:
        return True
    try:
        if hasattr(select, "poll"):
            poll = select.poll()
            poll.register(sock, select.POLLIN | select.POLLERR | select.POLLHUP)
            return bool(poll.poll(0))
        return bool(select.select([sock], [], [], 0)[0])
    except (OSError, ValueError):
        return True


class LimitedReader(io.RawIOBase):
    """Reads from a socket until the deadline."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline
        # Holds the socket open, whoever closes the connection.
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._deadline.remaining())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class _LimitedSocket:
    """What `HTTPResponse` needs of a socket."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline

    def makefile(self, *_: object, **__: object) -> io.BufferedReader:
        return io.BufferedReader(LimitedReader(self._sock, self._deadline), 65_536)


def exchange(
    connection: http.client.HTTPConnection,
    method: str,
    target: str,
    headers: Mapping[str, str],
    body: Body,
    deadline: Deadline,
) -> http.client.HTTPResponse:
    """Sends a request on an open connection; returns when its headers are answered."""
    sock = connection.sock
    sock.settimeout(deadline.remaining())

    def limited(_: object, *rest: Any, **named: Any) -> http.client.HTTPResponse:
        return http.client.HTTPResponse(_LimitedSocket(sock, deadline), *rest, **named)  # type: ignore[arg-type]

    connection.response_class = limited  # type: ignore[assignment]
    sent = body if body is None or isinstance(body, bytes) else _timed(body, sock, deadline)
    try:
        connection.request(method, target, body=sent, headers=dict(headers))
    except (BrokenPipeError, ConnectionResetError):
        # It may have answered before it had read all: it says why.
        try:
            return connection.getresponse()
        except (OSError, http.client.HTTPException):
            pass
        raise
    return connection.getresponse()


def _timed(body: Iterable[bytes], sock: socket.socket, deadline: Deadline) -> Iterator[bytes]:
    for piece in body:
        sock.settimeout(deadline.remaining())
        yield piece


def hang_up(connection: http.client.HTTPConnection) -> Callable[[], None]:
    """What ends an exchange on it from another thread."""
    # The connection forgets it as soon as the server says that it closes it.
    sock = connection.sock

    def end() -> None:
        try:
            # That of TLS would say goodbye first, and take the session from the reader.
            socket.socket.shutdown(sock, socket.SHUT_RDWR)
        except OSError:
            pass

    return end
