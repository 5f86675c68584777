"""Tasks that handlers start, and sleeps: while they last, a task holds no worker."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta, timezone
from typing import Any

from waybill import DoNotRetry, SuspendedError, TaskFailed, define_task

from .support import ServerTest, new_type, until


class AChild(ServerTest):
    def test_gives_its_result_to_the_handler_that_started_it_which_begins_anew_in_the_same_attempt(self) -> None:
        double, total = define_task(new_type(), input=int, output=int), define_task(new_type(), input=list, output=int)
        said: list[str] = []

        @double.handle
        def doubling(job: Any, ctx: Any) -> int:
            said.append(f"double {job.data}")
            return int(job.data) * 2

        @total.handle
        def summing(job: Any, ctx: Any) -> int:
            said.append(f"sum {job.attempt}")
            first = ctx.step("before", lambda: said.append("step") or 100)
            return int(first) + sum(ctx.run(double, n) for n in job.data)

        worker = self.work(tasks=[doubling, summing])
        run = self.client.run(total, [1, 2])
        self.assertEqual(run.result(60), 106)
        self.assertEqual([one for one in said if not one.startswith("sum")], ["step", "double 1", "double 2"])
        self.assertEqual({one for one in said if one.startswith("sum")}, {"sum 1"})
        self.assertEqual(run.get()["attempt"], 1)
        until(lambda: worker.stats.completed == 3)
        self.assertEqual(worker.stats.suspended, 2)
        self.assertEqual([child["type"] for child in self.children(run.id)], [double.type, double.type])

    def test_takes_no_place_from_its_parent_one_at_a_time_they_get_done(self) -> None:
        outer, inner = new_type(), new_type()

        async def adding(job: Any, ctx: Any) -> int:
            return int(await ctx.run(inner, job.data)) + 1

        self.work({outer: adding, inner: lambda job, ctx: job.data * 10}, concurrency=1)
        ids = [self.submit(outer, data=n) for n in (1, 2, 3)]
        self.assertEqual([self.ended(id)["result"] for id in ids], [11, 21, 31])

    def test_is_waited_for_with_others_that_a_coroutine_starts_at_the_same_time(self) -> None:
        outer, inner = new_type(), new_type()
        begun: list[int] = []

        async def adding(job: Any, ctx: Any) -> list[int]:
            begun.append(job.attempt)
            one, two = await asyncio.gather(ctx.run(inner, 1), ctx.run(inner, 2, name="the other"))
            return [one, two, *(await ctx.run_all(inner, [3, 4]))]

        self.work({outer: adding, inner: lambda job, ctx: job.data * 10})
        id = self.submit(outer)
        self.assertEqual(self.ended(id)["result"], [10, 20, 30, 40])
        self.assertEqual(len(self.children(id)), 4)
        self.assertLessEqual(len(begun), 3)

    def test_that_fails_fails_its_parent_for_good_unless_that_catches_it(self) -> None:
        outer, inner, catching = new_type(), new_type(), new_type()

        def failing(job: Any, ctx: Any) -> None:
            raise DoNotRetry("out of paint")

        def caught(job: Any, ctx: Any) -> str:
            try:
                return str(ctx.run(inner, None))
            except TaskFailed as failure:
                return failure.task["errorLog"][-1]["message"]

        self.work({outer: lambda job, ctx: ctx.run(inner, None), inner: failing, catching: caught})
        task = self.ended(self.submit(outer, maxAttempts=5))
        self.assertEqual((task["status"], task["attempt"]), ("failed", 1))
        self.assertIn("out of paint", task["errorLog"][-1]["message"])
        self.assertEqual(self.ended(self.submit(catching))["result"], "out of paint")

    def test_is_waited_for_whatever_its_parent_makes_of_the_interruption(self) -> None:
        outer, inner = new_type(), new_type()

        def deaf(job: Any, ctx: Any) -> str:
            try:
                return str(ctx.run(inner, "heard"))
            except SuspendedError:
                return "too early"

        self.work({outer: deaf, inner: lambda job, ctx: job.data})
        self.assertEqual(self.ended(self.submit(outer))["result"], "heard")

    def test_whose_data_does_not_fit_is_not_started_and_neither_is_one_without_a_usable_name(self) -> None:
        inner = define_task(new_type(), input=int, output=int)
        unfit, unnamed = new_type(), new_type()
        self.work({
            unfit: lambda job, ctx: ctx.run(inner, "two"),
            unnamed: lambda job, ctx: ctx.run(inner, 2, name="a\nb"),
        })  # fmt: skip
        task = self.ended(self.submit(unfit, maxAttempts=3))
        self.assertEqual((task["status"], task["attempt"]), ("failed", 1))
        self.assertIn(f"does not fit task {inner.type}: data", task["errorLog"][0]["message"])
        task = self.ended(self.submit(unnamed, maxAttempts=1))
        self.assertIn("is not a name of a child", task["errorLog"][0]["message"])

    def children(self, id: str) -> list[Any]:
        return list(self.client.list_jobs(parent=id)["jobs"])


class ASleep(ServerTest):
    def test_holds_no_worker_and_is_slept_once(self) -> None:
        sleeping, other = new_type(), new_type()
        begun: list[int] = []

        def drowsy(job: Any, ctx: Any) -> str:
            begun.append(job.attempt)
            ctx.sleep(0.01)
            ctx.sleep(2.5, name="the night")
            ctx.sleep(datetime.now(timezone.utc) - timedelta(seconds=5))
            return "awake"

        self.work({sleeping: drowsy, other: lambda job, ctx: None}, concurrency=1)
        started = time.monotonic()
        id = self.submit(sleeping)
        until(lambda: self.client.get_task(id)["status"] == "pending" and begun)
        self.ended(self.submit(other))
        self.assertEqual(self.client.get_task(id)["status"], "pending")
        task = self.ended(id)
        self.assertGreaterEqual(time.monotonic() - started, 2.4)
        self.assertEqual((task["result"], begun), ("awake", [1, 1]))

    def test_of_a_coroutine_holds_no_worker_either_and_takes_only_what_can_be_slept(self) -> None:
        sleeping, wrong = new_type(), new_type()

        async def drowsy(job: Any, ctx: Any) -> int:
            await ctx.sleep(1.5)
            return int(job.attempt)

        async def never(job: Any, ctx: Any) -> None:
            await ctx.sleep(-1)

        worker = self.work({sleeping: drowsy, wrong: never})
        self.assertEqual(self.ended(self.submit(sleeping))["result"], 1)
        self.assertEqual(worker.stats.suspended, 1)
        task = self.ended(self.submit(wrong, maxAttempts=1))
        self.assertIn("ctx.sleep takes seconds, or a datetime", task["errorLog"][0]["message"])


class ATestOfAHandler(ServerTest):
    def test_says_what_children_give_and_does_not_sleep(self) -> None:
        double, total = define_task("double", input=int, output=int), define_task("total", input=list, output=int)

        @total.handle
        def summing(job: Any, ctx: Any) -> int:
            ctx.sleep(3_600)
            return sum(ctx.run_all(double, job.data)) + int(ctx.run("other", "x", name="one more"))

        tried = summing.test([1, 2], children={"double": lambda n: n * 2, "other": 5})
        self.assertEqual((tried.result, tried.slept_seconds), (11, 3_600))
        self.assertEqual(tried.children, [("double", None, 1), ("double", None, 2), ("other", "one more", "x")])
        with self.assertRaisesRegex(TypeError, "says nothing of children of type other"):
            summing.test([], children={})
