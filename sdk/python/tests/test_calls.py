"""Requests, errors and retries of the client."""

from __future__ import annotations

import threading
import time
from datetime import datetime
from typing import Any

from waybill import CancelToken, Client

from .fake_server import FakeServer, FakeServerTest, answers, cuts_short, hangs_up, is_silent, refuses, send

TASK = {"id": "t", "endedAt": None}
ACCOUNT = {"userId": "mira"}


class ARequest(FakeServerTest):
    def test_is_made_from_the_route(self) -> None:
        server = self.serve(answers({"jobs": [], "nextCursor": None}))
        client = Client(server.url + "/below/", "secret")
        client.list_jobs(kind="task", limit=5, label=["a:b", "c:d e"])
        client.get_task("a/b c")
        first, second = server.seen
        self.assertEqual(first.path, "/below/api/jobs?kind=task&label=a%3Ab&label=c%3Ad+e&limit=5")
        self.assertEqual(first.headers["authorization"], "Bearer secret")
        self.assertEqual(second.path, "/below/api/v1/jobs/a%2Fb%20c")

    def test_with_a_body_sends_json(self) -> None:
        server = self.serve(answers(TASK))
        Client(server.url, "secret").submit_task({"type": "a", "data": {"näme": 1.5}}, idempotency_key="k")
        [seen] = server.seen
        self.assertEqual(seen.json, {"type": "a", "data": {"näme": 1.5}})
        self.assertEqual((seen.headers["content-type"], seen.headers["idempotency-key"]), ("application/json", "k"))

    def test_of_a_worker_carries_the_callback_secret_and_not_the_token(self) -> None:
        server = self.serve(answers({}))
        body: Any = {"items": []}
        Client(server.url, "secret", callback_secret="shared").record_item_results("id", body)
        headers = server.seen[0].headers
        self.assertEqual(headers["x-gpu-callback-secret"], "shared")
        self.assertNotIn("authorization", headers)

    def test_of_a_route_that_needs_no_user_carries_no_token(self) -> None:
        server = self.serve(answers({}))
        Client(server.url, "secret").task_progress("id")
        self.assertNotIn("authorization", server.seen[0].headers)

    def test_is_not_sent_to_another_route_by_its_id(self) -> None:
        server = self.serve(answers(TASK))
        for given in ("", ".", ".."):
            with self.subTest(given):
                self.assertEqual(self.fails(lambda: Client(server.url).get_task(given)).code, "not_found")
        self.assertEqual(server.seen, [])

    def test_is_not_sent_with_what_json_does_not_have(self) -> None:
        server = self.serve(answers(TASK))
        client = Client(server.url)
        loop: list[Any] = []
        loop.append(loop)
        cases: dict[str, Any] = {
            "data.0.x": [{"x": float("nan")}],
            "data.when": {"when": {1, 2}},
            "data": {1: "a number for a name"},
            "data.bytes": {"bytes": b"x"},
            "data.big": {"big": 2**53 + 1},
            "data.text": {"text": "\ud800"},
            "data.0": loop,
        }
        for path, data in cases.items():
            with self.subTest(path):
                error = self.fails(lambda: client.submit_task({"type": "a", "data": data}))
                self.assertEqual((error.code, list(error.fields)), ("invalid_request", [path]))
        self.assertEqual(server.seen, [])

    def test_needs_an_http_url(self) -> None:
        for given in ("127.0.0.1:8787", "ftp://a.example", "http://", "http://user:word@host", "http://a/?b"):
            with self.subTest(given), self.assertRaises(ValueError):
                Client(given)

    def test_uses_a_connection_again(self) -> None:
        server = self.serve(answers(TASK))
        client = Client(server.url)
        for _ in range(5):
            client.get_task("t")
        self.assertEqual(list(server.connections.values()), [5])

    def test_of_many_threads_at_once_has_its_own_answer(self) -> None:
        def echo(handler: Any, seen: Any) -> None:
            answers({"path": seen.path})(handler, seen)

        client = Client(self.serve(echo).url)
        wrong: list[str] = []

        def ask(name: str) -> None:
            for number in range(20):
                answer: Any = client.get_task(f"{name}-{number}")
                if answer["path"] != f"/api/v1/jobs/{name}-{number}":
                    wrong.append(answer["path"])

        threads = [threading.Thread(target=ask, args=(f"thread-{n}",)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])

    def test_takes_a_new_connection_when_the_server_has_closed_the_kept_one(self) -> None:
        def closes(handler: Any, seen: Any) -> None:
            answers(TASK)(handler, seen)
            handler.close_connection = True

        server = self.serve(closes)
        client = Client(server.url, retries=0)
        for _ in range(3):
            client.get_task("t")
            time.sleep(0.05)
        self.assertEqual(len(server.connections), 3)


class AnError(FakeServerTest):
    def test_carries_code_status_details_and_request_id(self) -> None:
        fields = {"fields": {"type": "is required"}}
        server = self.serve(refuses(400, "invalid_request", details=fields))
        error = self.fails(lambda: Client(server.url).get_task("t"))
        self.assertEqual((error.code, error.status, error.details), ("invalid_request", 400, fields))
        self.assertEqual((error.request_id, error.message), ("request-1", "It is invalid_request."))
        self.assertEqual(error.fields, {"type": "is required"})

    def test_says_that_nothing_listens_there(self) -> None:
        server = FakeServer(answers({}))
        server.close()
        error = self.fails(lambda: Client(server.url, retries=0).get_task("t"))
        self.assertEqual((error.code, error.status), ("network", 0))
        self.assertEqual(error.message, f"{server.url} cannot be reached: nothing listens there.")

    def test_says_that_an_answer_is_none_of_ours(self) -> None:
        page = self.serve(lambda handler, _: send(handler, 200, b'{"hello": 1}'))
        self.assertEqual(self.fails(lambda: Client(page.url).get_task("t")).code, "unexpected_answer")
        proxy = self.serve(lambda handler, _: send(handler, 404, b"<html>"))
        error = self.fails(lambda: Client(proxy.url).get_task("t"))
        self.assertEqual((error.code, error.status), ("unexpected_answer", 404))

    def test_says_whether_the_server_did_not_answer_or_the_caller_stopped(self) -> None:
        release = threading.Event()
        self.addCleanup(release.set)
        server = self.serve(is_silent(release))
        client = Client(server.url, retries=0)
        self.assertEqual(self.fails(lambda: client.get_task("t", timeout=0.1)).code, "timeout")
        cancel = CancelToken()
        threading.Timer(0.1, cancel.cancel).start()
        started = time.monotonic()
        self.assertEqual(self.fails(lambda: client.get_task("t", cancel=cancel)).code, "aborted")
        self.assertLess(time.monotonic() - started, 10)
        self.assertEqual(self.fails(lambda: client.get_task("t", cancel=cancel)).code, "aborted")

    def test_of_time_holds_for_an_answer_that_drips(self) -> None:
        release = threading.Event()
        self.addCleanup(release.set)

        def drips(handler: Any, _: Any) -> None:
            handler.send_response(200)
            handler.send_header("content-length", "100000")
            handler.end_headers()
            while not release.wait(0.02):
                handler.wfile.write(b" ")

        client = Client(self.serve(drips).url, retries=0)
        started = time.monotonic()
        self.assertEqual(self.fails(lambda: client.get_task("t", timeout=0.3)).code, "network")
        self.assertLess(time.monotonic() - started, 10)


class ARetry(FakeServerTest):
    def test_is_made_of_a_safe_request_after_a_broken_connection_429_and_503(self) -> None:
        retried: list[str] = []
        server = self.serve(hangs_up, refuses(429, "rate_limit"), refuses(503, "unavailable"), answers(TASK))
        client = Client(server.url, on_retry=lambda error, _: retried.append(error.code))
        self.assertEqual(client.get_task("t"), TASK)
        self.assertEqual(retried, ["network", "rate_limit", "unavailable"])

    def test_of_a_creation_carries_the_same_key(self) -> None:
        server = self.serve(hangs_up, answers(TASK))
        Client(server.url).submit_task({"type": "a"})
        first, second = (seen.headers["idempotency-key"] for seen in server.seen)
        self.assertEqual(first, second)
        Client(server.url).submit_task({"type": "a"})
        self.assertNotEqual(server.seen[2].headers["idempotency-key"], first)

    def test_of_a_creation_keeps_the_key_of_the_caller(self) -> None:
        server = self.serve(hangs_up, answers(TASK))
        Client(server.url).submit_task({"type": "a"}, idempotency_key="mine")
        self.assertEqual([seen.headers["idempotency-key"] for seen in server.seen], ["mine", "mine"])

    def test_is_made_of_a_post_that_the_contract_declares_repeatable(self) -> None:
        server = self.serve(hangs_up, answers({"leases": []}))
        Client(server.url).heartbeat_tasks({"workerId": "w", "leaseIds": []})
        self.assertEqual(len(server.seen), 2)

    def test_is_not_made_of_a_request_that_could_take_effect_twice(self) -> None:
        server = self.serve(hangs_up, answers({}))
        self.assertEqual(self.fails(lambda: Client(server.url).retry_task("t")).code, "network")
        self.assertEqual(len(server.seen), 1)

    def test_is_not_made_of_a_request_that_would_be_refused_again(self) -> None:
        for status, code in ((400, "invalid_request"), (404, "not_found"), (500, "internal")):
            server = self.serve(refuses(status, code), answers(TASK))
            self.assertEqual(self.fails(lambda url=server.url: Client(url).get_task("t")).code, code)
            self.assertEqual(len(server.seen), 1)

    def test_waits_as_long_as_the_server_asks_for(self) -> None:
        for retry_after in ("1", None):
            header = retry_after or base_date(2)
            server = self.serve(refuses(503, "unavailable", retry_after=header), answers(TASK))
            started = time.monotonic()
            Client(server.url).get_task("t")
            self.assertGreaterEqual(time.monotonic() - started, 0.99)

    def test_is_left_to_the_caller_when_the_server_asks_for_more_than_a_minute(self) -> None:
        server = self.serve(refuses(429, "rate_limit", retry_after="61"))
        error = self.fails(lambda: Client(server.url).get_task("t"))
        self.assertEqual((error.retry_after, len(server.seen)), (61.0, 1))

    def test_ends_after_as_many_as_were_asked_for(self) -> None:
        server = self.serve(hangs_up)
        self.assertEqual(self.fails(lambda: Client(server.url, retries=2).get_task("t")).code, "network")
        self.assertEqual(len(server.seen), 3)
        self.fails(lambda: Client(server.url).get_task("t", retries=0))
        self.assertEqual(len(server.seen), 4)

    def test_is_given_up_when_the_caller_stops(self) -> None:
        server = self.serve(refuses(503, "unavailable", retry_after="30"))
        cancel = CancelToken()
        client = Client(server.url, on_retry=lambda *_: cancel.cancel())
        started = time.monotonic()
        self.assertEqual(self.fails(lambda: client.get_task("t", cancel=cancel)).code, "aborted")
        self.assertLess(time.monotonic() - started, 10)

    def test_is_not_made_of_an_answer_that_was_cut_short(self) -> None:
        """As the TypeScript client: the server has answered, and it is not known what."""
        server = self.serve(cuts_short)
        self.assertEqual(self.fails(lambda: Client(server.url).get_task("t")).code, "network")
        self.assertEqual(len(server.seen), 1)


def base_date(seconds: float) -> str:
    from email.utils import format_datetime
    from datetime import timedelta, timezone

    return format_datetime(datetime.now(timezone.utc) + timedelta(seconds=seconds), usegmt=True)


class ARedirect(FakeServerTest):
    def test_is_followed_without_the_token_to_another_place(self) -> None:
        elsewhere = self.serve(lambda handler, _: send(handler, 200, b"zip"))

        def moves(handler: Any, _: Any) -> None:
            send(handler, 302, b"", {"location": elsewhere.url + "/there"})

        server = self.serve(moves)
        with Client(server.url, "secret").download_results("t") as file:
            self.assertEqual(file.read(), b"zip")
        self.assertEqual(elsewhere.seen[0].path, "/there")
        self.assertNotIn("authorization", elsewhere.seen[0].headers)
