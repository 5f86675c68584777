"""Streams of events, files and watches of the client."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import tempfile
import threading
import time
import unittest
from pathlib import Path
from typing import Any

from waybill import ApiError, CancelToken, Client

from .fake_server import FakeServerTest, Step, answers, hangs_up, refuses, send


def event(number: int) -> str:
    return f'id: {number}\nevent: ProgressReported\ndata: {{"processed":{number}}}\n\n'


def streams(*pieces: str, ends: bool = True, stays: threading.Event | None = None) -> Step:
    """Streams these pieces, then ends, breaks in the middle, or stays."""

    def step(handler: Any, _: Any) -> None:
        handler.send_response(200)
        handler.send_header("content-type", "text/event-stream")
        handler.send_header("transfer-encoding", "chunked")
        handler.end_headers()
        for piece in pieces:
            data = piece.encode()
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            handler.wfile.flush()
        if stays is not None:
            stays.wait(60)
        elif ends:
            handler.wfile.write(b"0\r\n\r\n")
        handler.close_connection = True

    return step


def nothing_more(handler: Any, _: Any) -> None:
    handler.send_response(204)
    handler.end_headers()


class AStream(FakeServerTest):
    def test_is_read_with_the_token_until_the_server_has_nothing_more(self) -> None:
        whole = f"retry: 2000\n\n{event(1)}:\n\n{event(2)}"
        server = self.serve(streams(whole[:25], whole[25:]), nothing_more)
        events: Any = Client(server.url, "mira").task_events("t", after=0)
        self.assertEqual([one["processed"] for one in events], [1, 2])
        first, second = server.seen
        self.assertEqual((first.path, first.headers["authorization"]), ("/api/v1/jobs/t/events?after=0", "Bearer mira"))
        self.assertNotIn("last-event-id", first.headers)
        self.assertEqual(second.headers["last-event-id"], "2")

    def test_goes_on_after_the_last_event_when_the_connection_breaks_in_the_middle_of_one_too(self) -> None:
        server = self.serve(
            streams(event(1), event(2)[:20], ends=False), hangs_up, streams(event(2), event(3)), nothing_more
        )
        events: Any = Client(server.url, "mira").task_events("t")
        self.assertEqual([one["processed"] for one in events], [1, 2, 3])
        last = [seen.headers.get("last-event-id") for seen in server.seen]
        self.assertEqual(last, [None, "1", "1", "3"])

    def test_is_given_up_when_an_event_grows_beyond_its_limit(self) -> None:
        server = self.serve(streams("data: ", *["x" * 1_000_000] * 9))
        error = self.fails(lambda: list(Client(server.url).task_events("t")))
        self.assertEqual(error.code, "unexpected_answer")

    def test_raises_what_the_server_refuses(self) -> None:
        server = self.serve(refuses(404, "not_found"))
        self.assertEqual(self.fails(lambda: list(Client(server.url).task_events("t"))).code, "not_found")

    def test_stops_with_its_token_and_when_it_is_left(self) -> None:
        stays = threading.Event()
        self.addCleanup(stays.set)
        server = self.serve(streams(event(1), stays=stays))
        cancel = CancelToken()
        events: Any = Client(server.url).task_events("t", cancel=cancel)
        next(events)
        threading.Timer(0.1, cancel.cancel).start()
        self.assertEqual(self.fails(lambda: next(events)).code, "aborted")
        left: Any = Client(server.url).task_events("t")
        next(left)
        left.close()


class AnUpload(FakeServerTest):
    def test_says_its_length_and_checksum_and_is_repeated_when_the_connection_breaks(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "photo.jpg")
            path.write_bytes(b"photo")
            file = io.BytesIO(b"not this: photo")
            file.seek(10)
            for body in (path, str(path), b"photo", file):
                server = self.serve(hangs_up, lambda handler, _: send(handler, 200, b""))
                client = Client(server.url, "mira")
                client.upload(f"{server.url}/objects/a?signature=1", body, content_type="image/jpeg")
                again = server.seen[1]
                self.assertEqual((again.method, again.path, again.body), ("PUT", "/objects/a?signature=1", b"photo"))
                self.assertEqual(again.headers["content-length"], "5")
                self.assertEqual(again.headers["content-type"], "image/jpeg")
                digest = base64.b64encode(hashlib.sha256(b"photo").digest()).decode()
                self.assertEqual(again.headers["x-amz-checksum-sha256"], digest)
                self.assertNotIn("authorization", again.headers)

    def test_takes_the_type_of_a_path_by_its_ending(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "photo.png")
            path.write_bytes(b"")
            server = self.serve(lambda handler, _: send(handler, 200, b""))
            Client(server.url).upload(f"{server.url}/a", path, checksum=False)
            headers = server.seen[0].headers
            self.assertEqual((headers["content-type"], headers["content-length"]), ("image/png", "0"))
            self.assertNotIn("x-amz-checksum-sha256", headers)

    def test_of_a_pipe_says_its_length_too(self) -> None:
        server = self.serve(hangs_up, lambda handler, _: send(handler, 200, b""))
        reading, writing = os.pipe()
        os.write(writing, b"photo")
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            Client(server.url).upload(f"{server.url}/a", pipe)
        self.assertEqual(server.seen[1].body, b"photo")

    def test_that_is_refused_tells_why_without_the_signed_url(self) -> None:
        server = self.serve(refuses(403, "forbidden"))
        error = self.fails(lambda: Client(server.url).upload(f"{server.url}/a?signature=1", b"x"))
        self.assertEqual((error.code, error.status), ("forbidden", 403))
        self.assertNotIn("signature", str(error))

    def test_is_sent_as_long_as_it_was_announced_though_the_file_grows(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "log.txt")
            path.write_bytes(b"12345")

            def grows(handler: Any, _: Any) -> None:
                with path.open("ab") as file:
                    file.write(b"678")
                hangs_up(handler, _)

            server = self.serve(grows, lambda handler, _: send(handler, 200, b""))
            Client(server.url).upload(f"{server.url}/a", path, checksum=False)
            self.assertEqual([seen.body for seen in server.seen], [b"12345", b"12345"])


class ADownload(FakeServerTest):
    def test_gives_the_bytes_and_is_saved_whole_or_not_at_all(self) -> None:
        def breaks(handler: Any, _: Any) -> None:
            handler.send_response(200)
            handler.send_header("content-length", "1000")
            handler.end_headers()
            handler.wfile.write(b"half")
            handler.close_connection = True

        server = self.serve(lambda handler, _: send(handler, 200, b"result"), breaks)
        client = Client(server.url)
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder, "result.png")
            self.assertEqual(client.download(f"{server.url}/a").save(target), 6)
            self.assertEqual(target.read_bytes(), b"result")
            self.assertEqual(self.fails(lambda: client.download(f"{server.url}/a").save(target)).code, "network")
            self.assertEqual((os.listdir(folder), target.read_bytes()), (["result.png"], b"result"))


def job(status: str, done: int, ended: bool = False) -> dict[str, Any]:
    progress = {"done": done, "failed": 0, "total": 3}
    return {"status": status, "progress": progress, "endedAt": "now" if ended else None}


class AWatch(FakeServerTest):
    def statuses(self, url: str, **options: Any) -> list[str]:
        given = {"min_interval": 0.01, "max_interval": 0.02, **options}
        views: Any = Client(url, retries=0).watch("j", **given)
        return [f"{view['status']} {view['progress']['done']}" for view in views]

    def test_reports_each_change_once_and_ends_with_the_job(self) -> None:
        steps = [job("queued", 0), job("running", 1), job("running", 1), job("running", 2), job("done", 3, True)]
        server = self.serve(*map(answers, steps))
        self.assertEqual(self.statuses(server.url), ["queued 0", "running 1", "running 2", "done 3"])

    def test_of_a_job_that_has_ended_asks_once(self) -> None:
        server = self.serve(answers(job("done", 3, True)))
        self.assertEqual(self.statuses(server.url), ["done 3"])
        self.assertEqual(len(server.seen), 1)

    def test_goes_on_after_the_server_was_away_for_a_while(self) -> None:
        trouble: list[ApiError] = []
        server = self.serve(
            answers(job("running", 1)), hangs_up, refuses(503, "unavailable"), answers(job("done", 3, True))
        )
        self.assertEqual(self.statuses(server.url, on_trouble=trouble.append), ["running 1", "done 3"])
        self.assertEqual([error.code for error in trouble], ["network", "unavailable"])

    def test_ends_at_its_time_limit_and_its_patience(self) -> None:
        server = self.serve(answers(job("running", 1)))
        self.assertEqual(self.fails(lambda: self.statuses(server.url, timeout=0.1)).code, "timeout")
        away = self.serve(hangs_up)
        self.assertEqual(self.fails(lambda: self.statuses(away.url, patience=0.05)).code, "network")

    def test_ends_with_an_error_at_a_refusal(self) -> None:
        server = self.serve(refuses(404, "not_found"))
        self.assertEqual(self.fails(lambda: self.statuses(server.url)).code, "not_found")

    def test_ends_when_it_is_stopped(self) -> None:
        server = self.serve(answers(job("running", 1)))
        cancel = CancelToken()
        threading.Timer(0.1, cancel.cancel).start()
        started = time.monotonic()
        self.assertEqual(self.fails(lambda: self.statuses(server.url, cancel=cancel, min_interval=30)).code, "aborted")
        self.assertLess(time.monotonic() - started, 10)


if __name__ == "__main__":
    unittest.main()
