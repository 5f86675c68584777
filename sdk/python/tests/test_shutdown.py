"""Workers that are stopped, servers that a worker meets, and options."""

from __future__ import annotations

import asyncio
import json
import threading
import time
import unittest
from typing import Any

from waybill import ShutdownError, Worker, WorkerFailed, define_task

from .fake_server import FakeServer, Step, is_silent, send
from .support import SERVER, ServerTest, new_type, until


class AWorkerThatIsStopped(ServerTest):
    def test_takes_no_more_ends_those_begun_and_releases_the_rest_without_an_attempt_counted(self) -> None:
        type = new_type()
        ids = [self.submit(type) for _ in range(3)]
        begun, goes_on = threading.Event(), threading.Event()

        def handler(job: Any, ctx: Any) -> str:
            begun.set()
            goes_on.wait(60)
            return "ended"

        worker = self.work({type: handler}, concurrency=1, prefetch=5, shutdown_seconds=60)
        until(lambda: worker.stats.taken == 3 and begun.is_set())
        threading.Timer(0.3, goes_on.set).start()
        worker.stop()
        self.assertEqual((worker.stats.completed, worker.stats.returned), (1, 2))
        tasks = [self.client.get_task(id) for id in ids]
        self.assertEqual(sorted(task["status"] for task in tasks), ["completed", "pending", "pending"])
        later = self.submit(type)
        self.work({type: lambda job, ctx: job.attempt})
        for id in [later, *(task["id"] for task in tasks if task["status"] == "pending")]:
            self.assertEqual(self.ended(id)["result"], 1)

    def test_ends_its_long_poll_at_the_server(self) -> None:
        type = new_type()
        worker = self.work({type: lambda job, ctx: None})
        time.sleep(0.3)
        started = time.monotonic()
        worker.stop()
        self.assertLess(time.monotonic() - started, 10)
        id = self.submit(type)
        time.sleep(0.5)
        self.assertEqual(self.client.get_task(id)["status"], "pending")
        names = [one["id"] for one in self.client.list_workers(limit=200)["workers"]]
        self.assertNotIn(worker.worker_id, names)

    def test_tells_handlers_that_take_too_long_and_releases_their_tasks(self) -> None:
        type = new_type()
        id = self.submit(type)
        reasons: list[object] = []

        def handler(job: Any, ctx: Any) -> None:
            ctx.cancelled.wait(60)
            reasons.append(ctx.cancelled.reason)
            ctx.cancelled.raise_if_set()

        worker = self.work({type: handler}, shutdown_seconds=0.1)
        self.happened(id, "TaskStarted")
        worker.stop()
        until(lambda: reasons)
        self.assertIsInstance(reasons[0], ShutdownError)
        task = self.client.get_task(id)
        self.assertEqual((task["status"], task["errorLog"], worker.stats.returned), ("pending", [], 1))

    def test_releases_tasks_even_of_handlers_that_do_not_listen(self) -> None:
        type, other = new_type(), new_type()
        ids = [self.submit(type), self.submit(other)]
        goes_on = threading.Event()
        self.addCleanup(goes_on.set)

        async def deaf(job: Any, ctx: Any) -> None:
            while not goes_on.is_set():
                try:
                    await asyncio.sleep(0.05)
                except asyncio.CancelledError:
                    pass

        worker = self.work({type: lambda job, ctx: goes_on.wait(60), other: deaf}, shutdown_seconds=0)
        for id in ids:
            self.happened(id, "TaskStarted")
        worker.stop()
        for id in ids:
            self.assertEqual(self.client.get_task(id)["status"], "pending")
        self.assertEqual(worker.stats.returned, 2)

    def test_stops_once_when_it_is_told_twice(self) -> None:
        worker = self.work({new_type(): lambda job, ctx: None})
        threads = [threading.Thread(target=worker.stop) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        self.assertTrue(worker.wait(0))
        with self.assertRaises(RuntimeError):
            worker.start()


class AServer(unittest.TestCase):
    """As a worker meets it."""

    def serve(self, *steps: Step) -> FakeServer:
        server = FakeServer(*steps)
        self.addCleanup(server.close)
        return server

    def begin(self, url: str, token: str = "x", **more: Any) -> Worker:
        worker = Worker(url, token, handlers={"a": lambda job, ctx: None}, **more)
        self.addCleanup(worker.stop)
        return worker.start()

    def silent(self) -> Step:
        release = threading.Event()
        self.addCleanup(release.set)
        return is_silent(release)

    @unittest.skipUnless(SERVER, "WAYBILL_TEST_SERVER names no server")
    def test_that_does_not_know_the_token_stops_the_worker_which_says_why(self) -> None:
        errors: list[Any] = []
        worker = self.begin(SERVER, "wb_wrong", on_error=lambda error, job: errors.append((str(error), job)))
        why = "the server answered 401: the token is wrong, or has expired"
        with self.assertRaisesRegex(WorkerFailed, why):
            worker.wait(30)
        self.assertEqual(errors, [(why, None)])

    def test_that_refuses_stops_the_worker_which_says_why(self) -> None:
        cases = {
            403: "answered 403: the token is not one of somebody with the role operator",
            404: "answered 404: there is no Waybill server with tasks at that address",
            400: "answered 400$",
        }
        for status, why in cases.items():
            server = self.serve(lambda handler, _, status=status: send(handler, status, b"{}"))
            with self.subTest(status), self.assertRaisesRegex(WorkerFailed, why):
                self.begin(server.url).wait(30)

    def test_that_answers_at_once_with_no_tasks_is_not_asked_in_a_tight_loop(self) -> None:
        nothing = {"success": True, "data": {"tasks": [], "now": "2026-11-22T09:30:00.000Z"}}
        at: list[float] = []

        def empty(handler: Any, _: Any) -> None:
            at.append(time.monotonic())
            send(handler, 200, json.dumps(nothing).encode())

        server = self.serve(empty, empty, self.silent())
        self.begin(server.url)
        until(lambda: len(server.seen) >= 3)
        self.assertGreaterEqual(at[1] - at[0], 0.4)

    def test_that_asks_for_time_is_asked_again_after_it_and_not_before(self) -> None:
        for status in (429, 503):
            at: list[float] = []

            def busy(handler: Any, _: Any, status: int = status, at: list[float] = at) -> None:
                at.append(time.monotonic())
                send(handler, status, b"{}", {"retry-after": "1"})

            server = self.serve(busy, busy, self.silent())
            worker = self.begin(server.url)
            until(lambda at=at: len(at) >= 2)
            self.assertGreaterEqual(at[1] - at[0], 0.99)
            worker.stop()

    def test_that_answers_a_page_is_asked_again(self) -> None:
        server = self.serve(lambda handler, _: send(handler, 200, b"<html>"), self.silent())
        self.begin(server.url)
        until(lambda: len(server.seen) >= 2)


class Options(unittest.TestCase):
    def test_are_refused_with_what_they_must_be(self) -> None:
        def handler(job: Any, ctx: Any) -> None:
            pass

        task = define_task("a", input=dict).handle(handler)
        good: dict[str, Any] = {"server": "http://127.0.0.1:1", "token": "x", "handlers": {"a": handler}}
        cases: list[tuple[dict[str, Any], str]] = [
            ({"server": "waybill.example"}, "is not an http:// or https:// URL"),
            ({"handlers": {}}, "a worker has handlers for 1 to 100 types, and these are 0"),
            ({"handlers": {"a b": handler}}, "'a b' is not a task type"),
            ({"handlers": {"a": 1}}, "the handler of a is not callable"),
            ({"handlers": {"a": task}}, "is that of a typed task"),
            ({"tasks": [task]}, "there are two handlers for tasks of type a"),
            ({"tasks": [handler]}, "is no task with a handler"),
            ({"concurrency": 0}, "concurrency is 0: it must be a whole number from 1 to 1,000"),
            ({"lease_seconds": 0.1}, "lease_seconds is 0.1: it must be seconds, from 1 to 600"),
            ({"prefetch": 1.5}, "prefetch is 1.5: it must be a whole number from 0 to 1,000"),
            ({"worker_id": ""}, "worker_id must have 1 to 200 characters"),
        ]
        for wrong, message in cases:
            with self.subTest(message), self.assertRaisesRegex((TypeError, ValueError), message):
                Worker(**{**good, **wrong})
        with self.assertRaisesRegex(ValueError, "token is missing"), no_environment():
            Worker("http://127.0.0.1:1", handlers={"a": handler})


def no_environment() -> Any:
    from unittest import mock

    return mock.patch.dict("os.environ", {"WAYBILL_TOKEN": "", "HOME": "/nonexistent", "XDG_CONFIG_HOME": ""})


if __name__ == "__main__":
    unittest.main()
