"""A server that is killed and started again, and image sets from upload to result."""

from __future__ import annotations

import tempfile
import threading
import time
import unittest
from pathlib import Path
from typing import Any

from waybill import Worker, define_task

from .support import OwnServerTest, ServerTest, until


class AServerThatIsKilled(OwnServerTest):
    def test_and_started_again_loses_no_result_no_step_and_no_wait(self) -> None:
        task = define_task("slow", input=int, output=int)
        done: dict[int, int] = {}
        lock = threading.Lock()

        def handler(job: Any, ctx: Any) -> int:
            def once() -> int:
                with lock:
                    done[job.data] = done.get(job.data, 0) + 1
                return int(job.data) * 2

            doubled = ctx.step("double", once)
            time.sleep(0.05)
            return int(doubled)

        worker = Worker(self.url, "mira", tasks=[task.handle(handler)], concurrency=4, shutdown_seconds=1)
        self.addCleanup(worker.stop)
        runs = self.client.run_all(task, range(150))
        results: list[int] = []
        waiting = threading.Thread(target=lambda: results.extend(run.result(120) for run in runs))
        waiting.start()
        worker.start()
        for number in (15, 60):
            until(lambda number=number: len(done) >= number)
            self.kill_server()
            time.sleep(0.5)
            self.start_server()
        waiting.join(150)
        self.assertEqual(results, [2 * number for number in range(150)])
        for run in runs[::10]:
            self.assertEqual([step["name"] for step in run.get()["steps"]], ["double"])
        # Four were at work at each of the two kills.
        self.assertLessEqual(sum(done.values()), 150 + 8)


class AnImageSet(ServerTest):
    def test_is_created_uploaded_confirmed_and_executed(self) -> None:
        photos = [b"photo one", b"photo two, longer"]
        files: Any = [
            {"name": f"{n}.jpg", "contentType": "image/jpeg", "contentLength": len(photo)}
            for n, photo in enumerate(photos)
        ]
        created = self.client.create_image_set({"preset": "remove-background", "itemCount": 2, "files": files})
        with tempfile.TemporaryDirectory() as folder:
            for target, photo in zip(created["urls"], photos):
                path = Path(folder, f"{target['idx']}.jpg")
                path.write_bytes(photo)
                self.client.upload(target["url"], path)
            job_id = created["jobId"]
            self.client.confirm_upload(job_id, {"totalItems": 2})
            inputs = self.client.list_inputs(job_id)["inputs"]
            self.assertEqual([self.client.download(one["inputUrl"] or "").read() for one in inputs], photos)
        self.client.execute_image_set(job_id, {"concepts": {"background": {"action": "remove", "value": ""}}})
        self.assertEqual(self.client.get_job(job_id)["status"], "queued")
        self.client.cancel_job(job_id)
        self.assertEqual(self.client.wait(job_id, timeout=30)["status"], "canceled")


if __name__ == "__main__":
    unittest.main()
