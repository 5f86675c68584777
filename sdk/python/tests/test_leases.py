"""Leases, cancellation and time limits."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

from waybill import CancelToken, CanceledError, LeaseLostError, StopReason, TimedOutError
from waybill.worker.transport import WorkTransport

from .fake_server import refuses
from .support import SERVER, ServerTest, new_type, until


class TheLease(ServerTest):
    def test_is_renewed_for_as_long_as_the_handler_takes_and_for_tasks_that_are_not_begun(self) -> None:
        type = new_type()
        ids = [self.submit(type) for _ in range(3)]
        self.work({type: lambda job, ctx: time.sleep(1.6)}, lease_seconds=1, concurrency=1, prefetch=2)
        for id in ids:
            task = self.ended(id)
            self.assertEqual((task["status"], task["attempt"], task["errorLog"]), ("completed", 1, []))

    def test_that_another_worker_has_now_gets_what_the_old_one_says_refused(self) -> None:
        type = new_type()
        id = self.submit(type)
        stale = WorkTransport(SERVER, "mira")
        take = {"workerId": "stale", "types": [type], "limit": 1, "leaseMs": 1_000, "waitMs": 10_000}
        taken = stale.take(take, CancelToken())["tasks"][0]
        goes_on = threading.Event()

        def handler(job: Any, ctx: Any) -> str:
            goes_on.wait(60)
            return "the live one"

        self.work({type: handler})
        until(lambda: self.client.get_task(id)["attempt"] == 2)
        until(lambda: self.client.get_task(id)["status"] == "processing")
        lease = taken["leaseId"]
        said: list[dict[str, Any]] = [
            {"leaseId": lease, "type": "progress", "number": 1, "processed": 3},
            {"leaseId": lease, "type": "cost", "number": 2, "microUsd": 3},
            {"leaseId": lease, "type": "step", "name": "a", "result": 3},
            {"leaseId": lease, "type": "complete", "result": "stale"},
        ]
        outcomes = stale.report({"workerId": "stale", "reports": said}, CancelToken())["outcomes"]
        self.assertEqual([one["error"]["code"] for one in outcomes], ["lease_lost"] * 4)
        goes_on.set()
        task = self.ended(id)
        self.assertEqual((task["result"], task["attempt"], task["costMicroUsd"]), ("the live one", 2, 0))
        self.assertEqual(task["steps"], [])

    def test_that_cannot_be_renewed_is_lost_the_handler_is_told_and_its_result_dropped(self) -> None:
        type, tap = new_type(), self.tap()
        id = self.submit(type, maxAttempts=2)
        told: list[object] = []

        def handler(job: Any, ctx: Any) -> str:
            tap.cut |= {"heartbeat", "take", "report"}
            ctx.cancelled.wait(60)
            told.append(ctx.cancelled.reason)
            try:
                ctx.progress(1)
            except StopReason as reason:
                told.append(reason)
            return "too late"

        cut_off = self.work({type: handler}, server=tap.url, lease_seconds=1)
        until(lambda: len(told) == 2)
        self.assertIsInstance(told[0], LeaseLostError)
        self.assertIs(told[1], told[0])
        self.work({type: lambda job, ctx: "second"})
        task = self.ended(id)
        self.assertEqual((task["attempt"], task["result"]), (2, "second"))
        self.assertEqual((cut_off.stats.lost, cut_off.stats.completed), (1, 0))

    def test_of_a_prefetched_task_that_is_not_begun_for_too_long_is_released(self) -> None:
        type = new_type()
        goes_on = threading.Event()
        self.addCleanup(goes_on.set)

        def handler(job: Any, ctx: Any) -> str:
            if job.data == "slow":
                goes_on.wait(60)
            return "quick"

        worker = self.work({type: handler}, lease_seconds=1, concurrency=1)
        # It learns that they are quick, and takes some beforehand.
        for _ in range(4):
            self.ended(self.submit(type))
        slow = self.submit(type, data="slow")
        self.happened(slow, "TaskStarted")
        second = self.submit(type)
        self.happened(second, "TaskReleased")
        # The request that was open then may have taken it once more.
        until(lambda: (worker.stats.running, worker.stats.waiting) == (1, 0))
        self.work({type: handler})
        task = self.ended(second)
        self.assertEqual((task["status"], task["attempt"]), ("completed", 1))

    def test_keeps_two_workers_from_doing_one_task_at_the_same_time(self) -> None:
        type = new_type()
        at_work: dict[str, int] = {}
        twice: list[str] = []
        lock = threading.Lock()

        def handler(job: Any, ctx: Any) -> str:
            with lock:
                at_work[job.id] = at_work.get(job.id, 0) + 1
                if at_work[job.id] > 1:
                    twice.append(job.id)
            time.sleep(0.005)
            return ctx.step("once", lambda: "done")

        results = self.client.bulk_tasks({"action": "create", "jobs": [{"type": type}] * 200})["results"]
        workers = [self.work({type: handler}, concurrency=5) for _ in range(2)]
        for one in results:
            self.assertEqual(self.ended(one["id"] or "")["result"], "done")
        self.assertEqual((twice, len(at_work)), ([], 200))
        until(lambda: sum(worker.stats.completed for worker in workers) == 200)


class CtxCancelled(ServerTest):
    def test_is_set_at_cancel_and_the_task_is_canceled_once_its_handler_has_stopped(self) -> None:
        type = new_type()
        id = self.submit(type)
        goes_on = threading.Event()
        told: list[object] = []

        def handler(job: Any, ctx: Any) -> None:
            ctx.cancelled.wait(60)
            told.append(ctx.cancelled.reason)
            goes_on.wait(60)
            ctx.cancelled.raise_if_set()

        self.work({type: handler}, lease_seconds=1)
        self.happened(id, "TaskStarted")
        self.client.cancel_task(id)
        until(lambda: told)
        self.assertIsInstance(told[0], CanceledError)
        self.assertEqual(self.client.get_task(id)["status"], "processing")
        goes_on.set()
        task = self.ended(id)
        self.assertEqual((task["status"], task["cancelReason"]), ("canceled", "requested"))

    def test_is_set_at_cancel_and_the_task_is_canceled_even_if_its_handler_still_has_a_result(self) -> None:
        type = new_type()
        id = self.submit(type)

        def handler(job: Any, ctx: Any) -> str:
            ctx.cancelled.wait(60)
            return "a result"

        worker = self.work({type: handler}, lease_seconds=1)
        self.happened(id, "TaskStarted")
        self.client.cancel_task(id)
        task = self.ended(id)
        self.assertEqual((task["status"], task["result"]), ("canceled", None))
        worker.stop()
        self.assertEqual(worker.stats.canceled, 1)

    def test_calls_back_those_who_wait_and_what_they_raise_stops_no_worker(self) -> None:
        type = new_type()
        id = self.submit(type)
        called: list[int] = []

        def breaks() -> None:
            called.append(1)
            raise ValueError("in the listener")

        def handler(job: Any, ctx: Any) -> None:
            ctx.cancelled.on_cancel(breaks)
            ctx.cancelled.wait(60)
            time.sleep(1.5)

        self.work({type: handler}, lease_seconds=1)
        self.happened(id, "TaskStarted")
        with self.assertLogs("waybill", "ERROR"):
            self.client.cancel_task(id)
            until(lambda: called)
            time.sleep(0.05)
        task = self.ended(id)
        self.assertEqual((task["status"], task["attempt"], task["errorLog"]), ("canceled", 1, []))

    def test_of_a_coroutine_cancels_what_it_awaits(self) -> None:
        type = new_type()
        id = self.submit(type)
        reasons: list[object] = []

        async def handler(job: Any, ctx: Any) -> None:
            try:
                await asyncio.sleep(60)
            finally:
                reasons.append(ctx.cancelled.reason)

        self.work({type: handler}, lease_seconds=1)
        self.happened(id, "TaskStarted")
        self.client.cancel_task(id)
        self.assertEqual(self.ended(id)["status"], "canceled")
        until(lambda: reasons)
        self.assertIsInstance(reasons[0], CanceledError)

    def test_is_set_at_the_time_limit_which_fails_the_attempt_and_the_task_is_tried_again(self) -> None:
        type = new_type()
        reasons: list[object] = []

        def handler(job: Any, ctx: Any) -> str:
            if job.attempt == 2:
                return "in time"
            ctx.cancelled.wait(60)
            reasons.append(ctx.cancelled.reason)
            raise ctx.cancelled.reason

        id = self.submit(type, timeout=1_000, backoff={"firstMs": 1, "maxMs": 1})
        self.work({type: handler})
        task = self.ended(id)
        self.assertEqual((task["attempt"], task["result"]), (2, "in time"))
        until(lambda: reasons)
        self.assertIsInstance(reasons[0], TimedOutError)
        # Of the two who say so, the worker or the server, the first is heard.
        self.assertRegex(task["errorLog"][0]["message"], r"^The attempt took longer than its (time|1000 ms)\.$")


class AReportWithoutAnAnswer(ServerTest):
    def test_is_sent_again_and_its_result_and_cost_count_once(self) -> None:
        type, tap = new_type(), self.tap()
        id = self.submit(type)
        tap.lose["report"] = 2

        def handler(job: Any, ctx: Any) -> str:
            ctx.cost(5)
            ctx.log("once")
            return "result"

        worker = self.work({type: handler}, server=tap.url)
        task = self.ended(id)
        self.assertEqual((task["result"], task["costMicroUsd"], self.logs(id)), ("result", 5, ["once"]))
        until(lambda: worker.stats.completed == 1)
        self.assertGreaterEqual(len(tap.bodies("report")), 3)

    def test_is_kept_while_the_server_is_away_and_sent_when_it_is_back(self) -> None:
        type, tap = new_type(), self.tap()
        id = self.submit(type)

        def handler(job: Any, ctx: Any) -> str:
            tap.cut |= {"report", "heartbeat", "take"}
            return "kept"

        self.work({type: handler}, server=tap.url)
        until(lambda: len(tap.bodies("report")) >= 2)
        self.assertEqual(self.client.get_task(id)["status"], "processing")
        tap.cut.clear()
        self.assertEqual(self.ended(id)["result"], "kept")

    def test_that_the_server_never_takes_fails_its_task_and_holds_up_no_other(self) -> None:
        """A server that has a fault over one task alone."""
        type, tap = new_type(), self.tap()
        passes = tap._pass
        bad = self.submit(type, data="bad", maxAttempts=1)
        good = [self.submit(type) for _ in range(5)]

        def faulty(handler: Any, seen: Any) -> None:
            if b'"POISON"' in seen.body:
                refuses(500, "internal")(handler, seen)
            else:
                passes(handler, seen)

        tap.steps[0] = faulty
        self.work({type: lambda job, ctx: "POISON" if job.data == "bad" else "fine"}, server=tap.url)
        for id in good:
            self.assertEqual(self.ended(id)["result"], "fine")
        task = self.ended(bad)
        self.assertEqual(task["status"], "failed")
        self.assertIn("The server did not take the result: the server answered 500", task["errorLog"][0]["message"])
