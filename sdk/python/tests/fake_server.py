"""A server that misbehaves as a test wants it to."""

from __future__ import annotations

import json
import threading
import unittest
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from waybill import ApiError


@dataclass
class Seen:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Step = Callable[[BaseHTTPRequestHandler, Seen], None]


class FakeServer:
    """Answers its requests by these steps, one after the other, and all that follow by the last one."""

    def __init__(self, *steps: Step) -> None:
        self.steps = list(steps)
        self.seen: list[Seen] = []
        #: Of each connection, the number of its requests.
        self.connections: dict[Any, int] = {}
        self._lock = threading.Lock()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 60

            def log_message(self, *_: Any) -> None:
                pass

            def answer(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                body = self.rfile.read(length)
                seen = Seen(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body)
                with fake._lock:
                    number = len(fake.seen)
                    fake.seen.append(seen)
                    fake.connections[self.client_address] = fake.connections.get(self.client_address, 0) + 1
                fake.steps[min(number, len(fake.steps) - 1)](self, seen)

            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = answer  # noqa: N815

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_: Any) -> None:
                pass

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> FakeServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def send(handler: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
    handler.send_response(status)
    for name, value in {"content-length": str(len(body)), **(headers or {})}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def answers(data: object) -> Step:
    return lambda handler, _: send(handler, 200, json.dumps({"success": True, "data": data}).encode())


def refuses(status: int, code: str, retry_after: str | None = None, details: object = None) -> Step:
    def step(handler: BaseHTTPRequestHandler, _: Seen) -> None:
        error: dict[str, Any] = {"code": code, "message": f"It is {code}."}
        if details is not None:
            error["details"] = details
        headers = {"x-request-id": "request-1"} | ({} if retry_after is None else {"retry-after": retry_after})
        send(handler, status, json.dumps({"success": False, "error": error}).encode(), headers)

    return step


def hangs_up(handler: BaseHTTPRequestHandler, _: Seen) -> None:
    """Takes the request and breaks the connection."""
    handler.close_connection = True
    handler.connection.close()


def cuts_short(handler: BaseHTTPRequestHandler, _: Seen) -> None:
    """Begins to answer and breaks the connection."""
    handler.send_response(200)
    handler.send_header("content-length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"success": tr')
    handler.close_connection = True


def is_silent(release: threading.Event) -> Step:
    """Takes the request and answers nothing until it is released."""

    def step(handler: BaseHTTPRequestHandler, _: Seen) -> None:
        handler.close_connection = True
        release.wait(60)

    return step


class FakeServerTest(unittest.TestCase):
    def serve(self, *steps: Step) -> FakeServer:
        server = FakeServer(*steps)
        self.addCleanup(server.close)
        return server

    def fails(self, call: Any) -> ApiError:
        with self.assertRaises(ApiError) as caught:
            call()
        return caught.exception
