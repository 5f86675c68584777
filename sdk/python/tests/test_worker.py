"""Handlers of tasks, and batches."""

from __future__ import annotations

import asyncio
import datetime
import logging
import threading
import time
import unittest
from dataclasses import dataclass
from typing import Any

from waybill import DoNotRetry, RetryAfter, TaskJob

from .support import ServerTest, new_type


@dataclass
class Point:
    x: int
    y: float


class WhatAHandlerLogs(ServerTest):
    def test_goes_to_the_log_of_its_task_where_it_is_captured(self) -> None:
        def in_a_thread(job: Any, ctx: Any) -> None:
            log = logging.getLogger("shop.orders")
            log.warning("%s of %d", "one", 2)
            ctx.log("by its log")
            try:
                raise KeyError("sku")
            except KeyError:
                log.exception("lost")

        async def on_the_loop(job: Any, ctx: Any) -> None:
            async def part(number: int) -> None:
                await asyncio.sleep(0)
                logging.warning("%s part %d", job.data, number)

            await asyncio.gather(part(1), part(2))
            await asyncio.to_thread(logging.error, "%s ends", job.data)

        first, second = new_type(), new_type()
        before = list(logging.getLogger().handlers)
        worker = self.work({first: in_a_thread, second: on_the_loop}, capture_logging=True)
        id, others = self.submit(first), [self.submit(second, data=name) for name in ("a", "b", "c")]
        for one in [id, *others]:
            self.ended(one)
        lines = self.logs(id)
        self.assertEqual(lines[:2], ["one of 2", "by its log"])
        self.assertEqual((lines[2], lines[3][:9], lines[-1]), ("lost", "Traceback", "KeyError: 'sku'"))
        for name, one in zip("abc", others):
            self.assertEqual(self.logs(one), [f"{name} part 1", f"{name} part 2", f"{name} ends"])
        logging.warning("nobody's")
        worker.stop()
        self.assertEqual(logging.getLogger().handlers, before)

    def test_is_not_captured_unless_the_worker_is_told_to(self) -> None:
        type = new_type()
        id = self.submit(type)
        self.work({type: lambda job, ctx: logging.warning("said")})
        self.ended(id)
        self.assertEqual(self.logs(id), [])


class AHandler(ServerTest):
    def run_one(self, handler: Any, **more: Any) -> Any:
        type = new_type()
        id = self.submit(type, **more)
        self.work({type: handler})
        return self.ended(id)

    def test_is_given_the_task_and_what_it_returns_is_the_result(self) -> None:
        seen: list[TaskJob[Any]] = []

        def handler(job: TaskJob[Any], ctx: Any) -> object:
            seen.append(job)
            return {"sum": sum(job.data["of"]), "attempt": ctx.attempt}

        task = self.run_one(handler, data={"of": [1, 2]}, totalItems=7, maxAttempts=2)
        self.assertEqual((task["status"], task["result"]), ("completed", {"sum": 3, "attempt": 1}))
        [job] = seen
        self.assertEqual((job.id, job.type, job.attempt), (task["id"], task["type"], 1))
        self.assertEqual((job.max_attempts, job.created_by_id, job.total_items), (2, "mira", 7))
        self.assertEqual(job.created_at[:19], task["createdAt"][:19])

    def test_that_is_a_coroutine_function_runs_beside_others(self) -> None:
        type = new_type()
        arrived = 0

        async def handler(job: Any, ctx: Any) -> object:
            nonlocal arrived
            arrived += 1
            while arrived < 20:
                await asyncio.sleep(0.01)
            return threading.current_thread().name

        ids = [self.submit(type) for _ in range(20)]
        self.work({type: handler}, concurrency=20)
        self.assertEqual({self.ended(id)["result"] for id in ids}, {"waybill handlers (asyncio)"})

    def test_that_returns_nothing_completes_with_null(self) -> None:
        task = self.run_one(lambda job, ctx: None)
        self.assertEqual((task["status"], task["result"]), ("completed", None))

    def test_may_return_dataclasses_tuples_and_dates(self) -> None:
        at = datetime.datetime(2026, 1, 2, 3, 4, tzinfo=datetime.timezone.utc)
        task = self.run_one(lambda job, ctx: {"at": at, "points": (Point(1, 2.5), Point(3, 4.0))})
        points = [{"x": 1, "y": 2.5}, {"x": 3, "y": 4}]
        self.assertEqual(task["result"], {"at": "2026-01-02T03:04:00+00:00", "points": points})

    def test_is_never_called_for_another_type(self) -> None:
        other, type = self.submit(new_type()), new_type()
        id = self.submit(type)
        self.work({type: lambda job, ctx: job.id})
        self.assertEqual(self.ended(id)["result"], id)
        self.assertEqual(self.client.get_task(other)["status"], "pending")

    def test_has_its_progress_errors_costs_and_log_reported_before_its_end(self) -> None:
        def handler(job: Any, ctx: Any) -> None:
            ctx.progress(3, 4)
            ctx.error("row 3", ValueError("has no name"))
            ctx.error(None, "in words")
            ctx.cost(5)
            ctx.cost(7)
            ctx.log("first")
            ctx.log("second", "warn")
            ctx.logger.error("third %d", 3)
            ctx.progress(4)

        task = self.run_one(handler)
        self.assertEqual((task["processedItems"], task["totalItems"], task["costMicroUsd"]), (4, 4, 12))
        errors = [(one.get("item"), one["message"]) for one in task["errorLog"]]
        self.assertEqual(errors, [("row 3", "has no name"), (None, "in words")])
        self.assertEqual(self.logs(task["id"]), ["first", "second", "third 3"])

    def test_may_report_progress_as_often_as_it_likes(self) -> None:
        type, tap = new_type(), self.tap()

        def handler(job: Any, ctx: Any) -> None:
            end = time.monotonic() + 0.7
            number = 0
            while time.monotonic() < end:
                number += 1
                ctx.progress(number, 10**9)
                time.sleep(0.0005)

        id = self.submit(type)
        self.work({type: handler}, server=tap.url)
        self.assertGreater(self.ended(id)["processedItems"], 100)
        reports = [one for body in tap.bodies("report") for one in body["reports"] if one["type"] == "progress"]
        self.assertLessEqual(len(reports), 6)

    def test_that_raises_is_called_again_and_the_error_log_says_why(self) -> None:
        def handler(job: Any, ctx: Any) -> str:
            if job.attempt == 1:
                try:
                    open("/no/such/file")  # noqa: SIM115
                except OSError as error:
                    raise RuntimeError("the row is bad") from error
            return "second"

        with self.assertLogs("waybill.worker", "WARNING") as logged:
            task = self.run_one(handler, backoff={"firstMs": 1, "maxMs": 1})
        self.assertEqual((task["attempt"], task["result"]), (2, "second"))
        [error] = task["errorLog"]
        self.assertEqual(error["message"], "the row is bad")
        self.assertIn("RuntimeError: the row is bad\n    at handler (", error["stack"])
        self.assertIn("  caused by: FileNotFoundError: [Errno 2] No such file", error["stack"])
        self.assertNotIn("waybill/worker", error["stack"])
        record = logged.records[0]
        self.assertIn(f"{task['type']} {task['id']}, attempt 1 of 3: the row is bad", record.getMessage())
        self.assertIsNotNone(record.exc_info)

    def test_has_the_code_of_its_error_kept(self) -> None:
        def handler(job: Any, ctx: Any) -> None:
            open("/no/such/file")  # noqa: SIM115

        task = self.run_one(handler, maxAttempts=1)
        self.assertEqual((task["status"], task["errorLog"][0]["code"]), ("failed", "ENOENT"))

    def test_that_ends_its_program_fails_and_nothing_else_does(self) -> None:
        def handler(job: Any, ctx: Any) -> None:
            raise SystemExit(3)

        task = self.run_one(handler, maxAttempts=1)
        self.assertEqual(task["errorLog"][0]["message"], "The handler ended its program: sys.exit(3)")

    def test_that_raises_do_not_retry_is_not_called_again(self) -> None:
        def handler(job: Any, ctx: Any) -> None:
            raise DoNotRetry("there is no such file")

        task = self.run_one(handler, maxAttempts=5)
        self.assertEqual((task["status"], task["attempt"]), ("failed", 1))
        self.assertEqual(task["errorLog"][0]["message"], "there is no such file")

    def test_that_raises_retry_after_is_called_again_at_that_time(self) -> None:
        type = new_type()

        def handler(job: Any, ctx: Any) -> None:
            raise RetryAfter(3_600, "the other side rests")

        id = self.submit(type)
        self.work({type: handler})
        task = self.happened(id, "AttemptFailed")
        self.assertEqual(task["status"], "pending")
        apart = datetime.datetime.fromisoformat(task["runAt"].replace("Z", "+00:00")) - datetime.datetime.now(
            datetime.timezone.utc
        )
        self.assertTrue(3_500 < apart.total_seconds() <= 3_600, apart)

    def test_whose_result_cannot_be_stored_fails_for_good_and_its_neighbours_do_not(self) -> None:
        itself: dict[str, Any] = {}
        itself["own"] = [itself]
        deep: Any = []
        for _ in range(65):
            deep = [deep]
        cases: list[tuple[Any, str]] = [
            ({"rows": [1, {"id": 2**53 + 1}]}, "result.rows.1.id is a number that a double cannot represent exactly"),
            ({"share": float("nan")}, "result.share is nan, which JSON does not have"),
            (float("inf"), "result is inf, which JSON does not have"),
            ({"of": {1, 2}}, "result.of is a set, which JSON does not have"),
            ([ValueError("no")], "result.0 is a ValueError, which JSON does not have"),
            ({"png": b"x"}, "result.png is a bytes, which JSON does not have: send its bytes as base64"),
            ({"f": print}, "result.f is a builtin_function_or_method, which JSON does not have"),
            ({1: 2}, "result has a name that is no text: int"),
            (itself, "result.own.0 contains itself"),
            ({"a": "\ud800"}, "result.a has a NUL or half a surrogate pair"),
            ({"a": "\0"}, "result.a has a NUL or half a surrogate pair"),
            ("x" * 256 * 1024, "result has 262146 bytes of JSON, and 262144 is the most"),
            (deep, ".0 is nested deeper than 64 levels"),
        ]
        types = [new_type() for _ in cases]
        neighbour = new_type()
        ids = [self.submit(type, maxAttempts=5) for type in types]
        neighbours = [self.submit(neighbour) for _ in range(5)]
        handlers: dict[str, Any] = {
            type: (lambda job, ctx, result=result: result) for type, (result, _) in zip(types, cases)
        }
        self.work({**handlers, neighbour: lambda job, ctx: "fine"})
        for id, (_, message) in zip(ids, cases):
            with self.subTest(message):
                task = self.ended(id)
                self.assertEqual((task["status"], task["attempt"]), ("failed", 1))
                self.assertIn(message, task["errorLog"][0]["message"])
        for id in neighbours:
            self.assertEqual(self.ended(id)["status"], "completed")

    def test_that_says_something_that_no_store_could_keep_is_heard_all_the_same(self) -> None:
        def handler(job: Any, ctx: Any) -> None:
            ctx.log("half \ud800 and \0")
            ctx.error("\ud800", "\U0001f600" * 3_000)

        task = self.run_one(handler)
        self.assertEqual(task["status"], "completed")
        self.assertTrue(task["errorLog"][0]["message"].startswith("\U0001f600" * 999))
        self.assertEqual(self.logs(task["id"]), ["half ? and \ufffd"])


class Batches(ServerTest):
    def test_a_worker_takes_as_many_as_it_has_room_for_and_does_no_more_than_its_concurrency(self) -> None:
        type, tap = new_type(), self.tap()
        running = most = 0
        lock = threading.Lock()

        def handler(job: Any, ctx: Any) -> None:
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
            time.sleep(0.02)
            with lock:
                running -= 1

        results = self.client.bulk_tasks({"action": "create", "jobs": [{"type": type}] * 60})["results"]
        self.work({type: handler}, server=tap.url, concurrency=10, prefetch=50)
        for one in results:
            self.assertEqual(self.ended(one["id"] or "")["status"], "completed")
        self.assertEqual(tap.bodies("take")[0]["limit"], 60)
        self.assertLessEqual(len(tap.bodies("take")), 3)
        self.assertEqual(most, 10)

    def test_large_results_are_spread_over_requests_that_the_server_takes(self) -> None:
        type, tap = new_type(), self.tap()
        results = self.client.bulk_tasks({"action": "create", "jobs": [{"type": type}] * 12})["results"]
        self.work({type: lambda job, ctx: "y" * 250_000}, server=tap.url, concurrency=12)
        for one in results:
            self.assertEqual(len(self.ended(one["id"] or "")["result"]), 250_000)
        for seen in tap.seen:
            self.assertLess(len(seen.body), 1_000_000)

    def test_long_tasks_are_not_taken_beforehand_so_that_other_workers_have_them(self) -> None:
        type, tap = new_type(), self.tap()
        self.client.bulk_tasks({"action": "create", "jobs": [{"type": type}] * 12})
        begun, goes_on = threading.Semaphore(0), threading.Event()

        def handler(job: Any, ctx: Any) -> None:
            begun.release()
            goes_on.wait(60)

        worker = self.work({type: handler}, server=tap.url, concurrency=4)
        for _ in range(4):
            self.assertTrue(begun.acquire(timeout=30))
        stats = worker.stats
        self.assertEqual((stats.taken, stats.running, stats.waiting, len(tap.bodies("take"))), (4, 4, 0, 1))
        goes_on.set()


if __name__ == "__main__":
    unittest.main()
