"""`python -m waybill worker`, and programs with a worker."""

from __future__ import annotations

import os
import signal
import unittest

from .support import Program, ServerTest, folder, new_type, until

HANDLERS = '''
import asyncio, os, time
from waybill import define_task

task = define_task("TYPE", input=dict)

@task.handle
def handler(job, ctx):
    print("BEGUN", flush=True)
    while not os.path.exists("go"):
        time.sleep(0.01)
    return "ended"

async def stray(job, ctx):
    async def breaks():
        raise ValueError("nobody awaits me")
    task = asyncio.create_task(breaks())
    del task
    for _ in range(100):
        await asyncio.sleep(0.01)
        import gc; gc.collect()
    return "unaware"

handlers = {"TYPE-stray": stray}
'''
WORKER = ["-m", "waybill", "worker"]


class PythonMWaybillWorker(ServerTest):
    def test_does_the_tasks_of_a_file_and_ends_at_sigterm_when_they_have_ended(self) -> None:
        type = new_type()
        ids = [self.submit(type, data={}) for _ in range(3)]
        with folder(handlers=HANDLERS.replace("TYPE", type)) as path:
            program = Program(self, [*WORKER, "handlers.py", "--concurrency", "1", "--prefetch", "5"], path)
            program.says("BEGUN")
            program.process.send_signal(signal.SIGTERM)
            program.says("worker stops")
            open(f"{path}/go", "w").close()  # noqa: SIM115
            self.assertEqual(program.ends(), 0, program.output)
        statuses = sorted(self.client.get_task(id)["status"] for id in ids)
        self.assertEqual(statuses, ["completed", "pending", "pending"])

    def test_ends_at_once_at_a_second_signal(self) -> None:
        type = new_type()
        self.submit(type, data={})
        with folder(handlers=HANDLERS.replace("TYPE", type)) as path:
            program = Program(self, [*WORKER, "handlers.py"], path)
            program.says("BEGUN")
            program.process.send_signal(signal.SIGINT)
            program.says("worker stops")
            program.process.send_signal(signal.SIGINT)
            self.assertEqual(program.ends(), 130)

    def test_that_is_killed_loses_nothing_another_worker_takes_its_task(self) -> None:
        type = new_type()
        id = self.submit(type, data={})
        with folder(handlers=HANDLERS.replace("TYPE", type)) as path:
            args = [*WORKER, "handlers.py", "--lease-seconds", "1"]
            first = Program(self, args, path)
            first.says("BEGUN")
            first.process.kill()
            open(f"{path}/go", "w").close()  # noqa: SIM115
            Program(self, args, path)
            task = self.ended(id)
            self.assertEqual((task["result"], task["attempt"]), ("ended", 2))

    def test_fails_the_attempt_that_left_an_error_behind_and_goes_on(self) -> None:
        type = new_type()
        with folder(handlers=HANDLERS.replace("TYPE", type), go="") as path:
            os.rename(f"{path}/go.py", f"{path}/go")
            Program(self, [*WORKER, "handlers.py"], path)
            stray = self.submit(f"{type}-stray", maxAttempts=1)
            task = self.ended(stray)
            self.assertEqual((task["status"], task["errorLog"][0]["message"]), ("failed", "nobody awaits me"))
            self.assertEqual(self.ended(self.submit(type, data={}))["result"], "ended")

    def test_says_what_is_wrong_with_a_file(self) -> None:
        cases = {
            "": "handlers.py has no handlers: decorate functions",
            "from waybill import define_task\nt = define_task('a', input=dict)": "defines tasks, but no handlers",
            "1 / 0": "cannot be loaded: ZeroDivisionError: division by zero",
            "import nothing_of_this_name": "cannot be loaded: No module named 'nothing_of_this_name'",
            "handlers = {'a': 3}": "the handler of a is not callable",
        }
        for text, message in cases.items():
            with self.subTest(message), folder(handlers=text) as path:
                program = Program(self, [*WORKER, "handlers.py"], path)
                program.says(message)
                self.assertEqual(program.ends(), 2)
        with folder() as path:
            program = Program(self, [*WORKER, "nope.py"], path)
            program.says("there is no file nope.py")
            self.assertEqual(program.ends(), 2)

    def test_with_a_wrong_token_ends_and_says_so(self) -> None:
        with folder(handlers=HANDLERS.replace("TYPE", new_type())) as path:
            program = Program(self, [*WORKER, "handlers.py", "--token", "wb_wrong"], path)
            program.says("the server answered 401: the token is wrong, or has expired")
            self.assertEqual(program.ends(), 1)

    def test_helps(self) -> None:
        with folder() as path:
            program = Program(self, ["-m", "waybill", "--help"], path)
            program.says("python -m waybill worker handlers.py")
            self.assertEqual(program.ends(), 0)


PROGRAM = '''
import threading
from waybill import Worker

worker = Worker(handlers={"TYPE": lambda job, ctx: "done"})
print("READY", flush=True)
worker.run()
print("AFTER", worker.stats.completed, [t.name for t in threading.enumerate() if not t.daemon], flush=True)
'''


class AProgramWithAWorker(ServerTest):
    def test_goes_on_after_run_when_the_worker_was_told_to_stop(self) -> None:
        type = new_type()
        id = self.submit(type)
        with folder(program=PROGRAM.replace("TYPE", type)) as path:
            program = Program(self, ["program.py"], path)
            self.assertEqual(self.ended(id)["result"], "done")
            self.assertEqual(program.terminate(), 0)
            until(lambda: "AFTER 1 ['MainThread']" in program.output)


if __name__ == "__main__":
    unittest.main()
