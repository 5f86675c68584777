"""Checkpoints."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

from waybill import define_task

from .support import Program, ServerTest, folder, new_type, until


class AStep(ServerTest):
    def test_that_an_earlier_attempt_has_done_is_not_done_again_and_gives_what_it_gave(self) -> None:
        for is_async in (False, True):
            with self.subTest(is_async=is_async):
                type = new_type()
                done: list[int] = []

                def upload(done: list[int] = done) -> object:
                    done.append(1)
                    return {"url": "https://files.example/1", "sizes": [1, 2]}

                def handler(job: Any, ctx: Any) -> object:
                    file = ctx.step("upload", upload)
                    if job.attempt == 1:
                        raise RuntimeError("the network is down")
                    return [file, ctx.step("second", lambda: None)]

                async def async_handler(job: Any, ctx: Any) -> object:
                    async def slowly() -> object:
                        await asyncio.sleep(0.01)
                        return upload()

                    file = await ctx.step("upload", slowly)
                    if job.attempt == 1:
                        raise RuntimeError("the network is down")
                    return [file, await ctx.step("second", lambda: None)]

                id = self.submit(type, backoff={"firstMs": 1, "maxMs": 1})
                self.work({type: async_handler if is_async else handler})
                task = self.ended(id)
                self.assertEqual(task["result"], [{"url": "https://files.example/1", "sizes": [1, 2]}, None])
                self.assertEqual(done, [1])
                steps = [(one["name"], one["attempt"]) for one in task["steps"]]
                self.assertEqual(steps, [("upload", 1), ("second", 2)])

    def test_is_kept_when_its_task_is_retried_by_hand(self) -> None:
        type = new_type()
        done: list[int] = []
        calls: list[int] = []

        def handler(job: Any, ctx: Any) -> object:
            ctx.step("once", lambda: done.append(1))
            calls.append(1)
            if len(calls) == 1:
                raise RuntimeError("no")
            return "yes"

        id = self.submit(type, maxAttempts=1)
        self.work({type: handler})
        self.assertEqual(self.ended(id)["status"], "failed")
        self.client.retry_task(id)
        until(lambda: self.client.get_task(id)["status"] == "completed")
        self.assertEqual(done, [1])

    def test_that_fails_is_done_again_in_the_same_attempt_or_the_next_one(self) -> None:
        type = new_type()
        tries: list[int] = []

        def work() -> str:
            tries.append(1)
            if len(tries) < 3:
                raise OSError("not yet")
            return "now"

        def handler(job: Any, ctx: Any) -> object:
            if job.attempt == 1:
                try:
                    ctx.step("a", work)
                except OSError:
                    pass
            return ctx.step("a", work)

        id = self.submit(type, backoff={"firstMs": 1, "maxMs": 1})
        self.work({type: handler})
        self.assertEqual((self.ended(id)["result"], len(tries)), ("now", 3))

    def test_is_done_once_when_it_is_begun_twice_and_nobody_changes_what_another_gets(self) -> None:
        type = new_type()
        done: list[int] = []

        def work() -> list[int]:
            time.sleep(0.05)
            done.append(1)
            return [1]

        def handler(job: Any, ctx: Any) -> object:
            got: list[Any] = []
            threads = [threading.Thread(target=lambda: got.append(ctx.step("a", work))) for _ in range(5)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            got[0].append("mine")
            return got[1:]

        async def async_handler(job: Any, ctx: Any) -> object:
            got = await asyncio.gather(*(ctx.step("a", work) for _ in range(5)))
            got[0].append("mine")
            return got[1:]

        other = new_type()
        ids = [self.submit(type), self.submit(other)]
        self.work({type: handler, other: async_handler})
        for id in ids:
            self.assertEqual(self.ended(id)["result"], [[1]] * 4)
        self.assertEqual(len(done), 2)

    def test_does_not_wait_for_the_next_round_of_notes(self) -> None:
        type = new_type()

        def handler(job: Any, ctx: Any) -> float:
            started = time.monotonic()
            for number in range(20):
                ctx.progress(number)
                ctx.step(f"step {number}", lambda: None)
            return time.monotonic() - started

        id = self.submit(type)
        self.work({type: handler})
        # Twenty rounds of notes would take 4 s.
        self.assertLess(self.ended(id)["result"], 3)

    def test_must_have_a_name_and_a_result_that_can_be_stored(self) -> None:
        type = new_type()
        cases: list[tuple[Any, Any, str]] = [
            ("", None, "'' is not a name of a step"),
            ("a\nb", None, "is not a name of a step"),
            ("x" * 101, None, "is not a name of a step"),
            (3, None, "3 is not a name of a step"),
            ("a", float("nan"), "The result of step a cannot be stored: a is nan, which JSON does not have."),
            ("a", "x" * 262_144, "The result of step a has 262146 bytes of JSON, and 262144 is the most."),
        ]

        def handler(job: Any, ctx: Any) -> None:
            name, result, _ = cases[job.data]
            ctx.step(name, lambda: result)

        self.work({type: handler})
        for number, (_, _, message) in enumerate(cases):
            with self.subTest(message):
                task = self.ended(self.submit(type, data=number, maxAttempts=1))
                self.assertIn(message, task["errorLog"][0]["message"])

    def test_beyond_what_a_task_keeps_fails_the_task_for_good_and_says_why(self) -> None:
        type = new_type()

        def handler(job: Any, ctx: Any) -> None:
            for number in range(101):
                ctx.step(f"step {number}", lambda: number)

        id = self.submit(type, maxAttempts=3)
        self.work({type: handler})
        task = self.ended(id)
        self.assertEqual((task["status"], task["attempt"], len(task["steps"])), ("failed", 1, 100))
        self.assertIn("The server did not take the result of step step 100", task["errorLog"][0]["message"])


HANDLERS = '''
import os, time
from waybill import define_task

task = define_task("TYPE", input=dict)

@task.handle
def handler(job, ctx):
    who = os.getpid()
    first = ctx.step("first", lambda: who)
    print("FIRST", first, flush=True)
    if not os.path.exists("go"):
        time.sleep(600)
    second = ctx.step("second", lambda: who)
    return [first, second]
'''


class AWorkerThatIsKilled(ServerTest):
    def test_between_two_steps_has_its_task_gone_on_with_after_the_first(self) -> None:
        type = new_type()
        id = self.client.run(define_task(type, input=dict), {}).id
        with folder(handlers=HANDLERS.replace("TYPE", type)) as path:
            args = ["-m", "waybill", "worker", "handlers.py", "--lease-seconds", "1"]
            first = Program(self, args, path)
            first.says("FIRST")
            first.process.kill()
            open(f"{path}/go", "w").close()  # noqa: SIM115
            second = Program(self, args, path)
            task = self.ended(id)
            self.assertEqual((task["status"], task["attempt"]), ("completed", 2))
            self.assertEqual(task["result"], [first.process.pid, second.process.pid])
            self.assertEqual(second.terminate(), 0)
