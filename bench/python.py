"""What the Python SDK does in a second, against a server that is up and has no other work:

PYTHONPATH=sdk/python/src python3 bench/python.py http://127.0.0.1:8787 mira
"""

from __future__ import annotations

import sys
import time
import uuid
from typing import Any

from waybill import Client, Worker, define_task

MANY = 10_000
FEW = 500


def measured(what: str, count: int, began: float) -> None:
    seconds = time.monotonic() - began
    print(f"{what}: {count / seconds:,.0f}/s ({count} in {seconds:.2f} s)")


def work(client: Client, server: str, token: str, what: str, handler: Any, count: int) -> None:
    """Tasks are there before the worker is."""
    task = define_task(f"bench-{uuid.uuid4().hex[:8]}", input=int, output=int)
    client.run_all(task, range(count))
    began = time.monotonic()
    worker = Worker(server, token, tasks=[task.handle(handler)], concurrency=50).start()
    while worker.stats.completed < count:
        time.sleep(0.005)
    measured(what, count, began)
    worker.stop()


def main(server: str, token: str) -> None:
    client = Client(server, token)
    task = define_task(f"bench-{uuid.uuid4().hex[:8]}", input=int)
    began = time.monotonic()
    for number in range(FEW):
        client.run(task, number)
    measured("submitted, one request each, by one thread", FEW, began)
    began = time.monotonic()
    client.run_all(task, range(MANY))
    measured("submitted by run_all", MANY, began)

    async def coroutine(job: Any, ctx: Any) -> int:
        return int(job.data)

    def stepping(job: Any, ctx: Any) -> int:
        return int(ctx.step("a", lambda: job.data))

    work(client, server, token, "done by one worker, functions", lambda job, ctx: job.data, MANY)
    work(client, server, token, "done by one worker, coroutines", coroutine, MANY)
    work(client, server, token, "done by one worker, with a step", stepping, FEW * 4)


if __name__ == "__main__":
    main(*sys.argv[1:3])
