"""What the suites that need a server share. `npm test` of the repository sets the two variables."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from waybill import Client, Worker

from .fake_server import FakeServer, Seen, hangs_up, send

SERVER = os.environ.get("WAYBILL_TEST_SERVER", "")
#: The command that starts `waybill`.
PROGRAM: list[str] = json.loads(os.environ.get("WAYBILL_TEST_PROGRAM", "[]"))
SOURCE = str(Path(__file__).resolve().parent.parent / "src")
_numbers = itertools.count(1)

logging.getLogger("waybill").addHandler(logging.NullHandler())


def new_type() -> str:
    return f"py-{os.getpid()}-{next(_numbers)}"


@unittest.skipUnless(SERVER, "WAYBILL_TEST_SERVER names no server")
class ServerTest(unittest.TestCase):
    """A test against a started server, which all of them share."""

    def setUp(self) -> None:
        self.client = self.connect()

    def connect(self, url: str = SERVER, **more: Any) -> Client:
        client = Client(url, "mira", **more)
        self.addCleanup(client.close)
        return client

    def submit(self, type: str, **more: Any) -> str:
        return self.client.submit_task({"type": type, **more})["id"]  # type: ignore[typeddict-item]

    def ended(self, id: str, timeout: float = 60) -> Any:
        self.client.wait(id, timeout=timeout)
        return self.client.get_task(id)

    def happened(self, id: str, event: str) -> Any:
        for one in self.client.task_events(id, cancel=None):
            if one["type"] == event:
                return self.client.get_task(id)
        raise AssertionError(f"task {id} has ended without {event}")

    def logs(self, id: str) -> list[str]:
        return [line["text"] for line in self.client.job_logs(id)["lines"]]

    def work(self, handlers: Any = None, server: str = SERVER, **more: Any) -> Worker:
        """A worker that is stopped when the test is over."""
        given = {"shutdown_seconds": 0.0, **more}
        worker = Worker(server, "mira", handlers=handlers, **given)
        self.addCleanup(worker.stop)
        return worker.start()

    def tap(self) -> Tap:
        tap = Tap(SERVER)
        self.addCleanup(tap.close)
        return tap


class Tap(FakeServer):
    """Between a worker and the server: counts what passes, and cuts it off."""

    def __init__(self, server: str) -> None:
        self.target = urlsplit(server)
        #: Of these (the last part of the path), nothing gets through.
        self.cut: set[str] = set()
        #: Of these, the request gets through and the answer does not, so many times.
        self.lose: dict[str, int] = {}
        super().__init__(self._pass)

    def bodies(self, name: str) -> list[Any]:
        return [seen.json for seen in list(self.seen) if seen.path.endswith(f"/{name}")]

    def _pass(self, handler: BaseHTTPRequestHandler, seen: Seen) -> None:
        name = seen.path.rpartition("/")[2]
        if name in self.cut:
            return hangs_up(handler, seen)
        connection = http.client.HTTPConnection(self.target.hostname or "", self.target.port, timeout=60)
        try:
            headers = {k: v for k, v in seen.headers.items() if k not in ("host", "connection")}
            connection.request(seen.method, seen.path, seen.body or None, headers)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if self.lose.get(name, 0) > 0 or name in self.cut:
            self.lose[name] = self.lose.get(name, 1) - 1
            return hangs_up(handler, seen)
        send(handler, answer.status, body)


@unittest.skipUnless(PROGRAM, "WAYBILL_TEST_PROGRAM names no program")
class OwnServerTest(unittest.TestCase):
    """A test with a server of its own, which it kills and starts again."""

    def setUp(self) -> None:
        self.folder = tempfile.mkdtemp(prefix="waybill-py-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.server: subprocess.Popen[bytes] | None = None
        self.addCleanup(self.kill_server)
        self.start_server()
        self.client = Client(self.url, "mira")
        self.addCleanup(self.client.close)

    def start_server(self) -> None:
        env = {"PATH": os.environ["PATH"], "HOME": self.folder, "HOST": "127.0.0.1"}
        args = ["serve", "--dev", "--port", str(self.port), "--data", f"{self.folder}/data"]
        self.server = subprocess.Popen(
            [*PROGRAM, *args], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until(lambda: _is_up(self.url), 60)

    def kill_server(self) -> None:
        if self.server is not None:
            self.server.kill()
            self.server.wait()
            self.server = None


def _is_up(url: str) -> bool:
    with contextlib.suppress(Exception):
        return Client(url, retries=0).live() is not None
    return False


def until(condition: Callable[[], object], seconds: float = 30) -> None:
    """Waits, and fails when it takes too long."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("it has not happened in time")
        time.sleep(0.02)


class Program:
    """A Python program that works with the SDK of this checkout, in a folder of its own."""

    def __init__(self, test: unittest.TestCase, args: list[str], cwd: str, server: str = SERVER) -> None:
        env = {
            **os.environ, "PYTHONPATH": SOURCE, "WAYBILL_SERVER": server, "WAYBILL_TOKEN": "mira",
            "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1",
        }  # fmt: skip
        self.process = subprocess.Popen(
            [sys.executable, *args], cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        self.output = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        test.addCleanup(self.kill)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output += line.decode("utf-8", "replace")

    def says(self, text: str, seconds: float = 30) -> None:
        until(lambda: text in self.output or self.process.poll() is not None, seconds)
        if text not in self.output:
            self._reader.join(5)
        if text not in self.output:
            raise AssertionError(f"it ended without {text!r}:\n{self.output}")

    def terminate(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.ends()

    def ends(self, seconds: float = 60) -> int:
        status = self.process.wait(seconds)
        self._reader.join(5)
        return status

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join(5)
        if self.process.stdout is not None:
            self.process.stdout.close()


@contextlib.contextmanager
def folder(**files: str) -> Iterator[str]:
    """A folder with these Python files."""
    path = tempfile.mkdtemp(prefix="waybill-py-")
    try:
        for name, text in files.items():
            Path(path, f"{name}.py").write_text(text)
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
