"""Typed tasks: definitions, runs, results, and handlers that are tried without a server."""

from __future__ import annotations

import enum
import threading
import time
import unittest
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from typing import TYPE_CHECKING, Any, Literal, TypedDict
from uuid import UUID

from waybill import ApiError, CancelToken, DoNotRetry, NotAllCreated, TaskCanceled, TaskFailed, TaskJob, define_task
from waybill.tasks.schema import json_schema_of

from .fake_server import refuses
from .support import ServerTest, new_type, until

if TYPE_CHECKING:
    from typing_extensions import NotRequired
else:
    try:
        from typing import NotRequired
    except ImportError:
        NotRequired = None

try:
    import pydantic
except ImportError:
    pydantic = None  # type: ignore[assignment]


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Row:
    email: str
    age: int | None = None


@dataclass
class Voters:
    csv: str
    county: str = "unknown"
    rows: list[Row] = field(default_factory=list)
    day: date | None = None


@dataclass
class Imported:
    imported: int


@dataclass
class Node:
    name: str
    children: list[Node] = field(default_factory=list)


class Place(TypedDict):
    at: datetime
    id: UUID
    colour: Colour
    size: tuple[int, float]
    kind: Literal["a", "b"]
    tags: dict[str, str | int]


def voters(job: TaskJob[Voters], ctx: Any) -> Imported:
    if job.data.county == "fails":
        raise DoNotRetry("the county is wrong")
    rows = job.data.csv.strip().split("\n")[1:]
    for number in range(len(rows)):
        ctx.progress(number + 1, len(rows))
    ctx.log(f"{len(rows)} of {job.data.county} on {job.data.day!r}")
    return Imported(len(rows))


class ATypedTask(ServerTest):
    def define(self, **more: Any) -> Any:
        return define_task(new_type(), input=Voters, output=Imported, **more)

    def fails(self, call: Any) -> ApiError:
        with self.assertRaises(ApiError) as caught:
            call()
        return caught.exception

    def test_is_run_with_the_data_that_its_type_gives_and_its_result_is_that_of_the_handler(self) -> None:
        task = self.define()
        self.work(tasks=[task.handle(voters)])
        run = self.client.run(task, Voters("name\nAda\nBob", day=date(2026, 1, 2)))
        self.assertEqual(run.result(60), Imported(2))
        self.assertEqual(self.logs(run.id), ["2 of unknown on datetime.date(2026, 1, 2)"])

    def test_is_not_sent_when_its_data_does_not_fit_and_the_fields_are_named(self) -> None:
        task = self.define()
        wrong: Any = {"csv": 3, "rows": [{"email": "a"}, {"age": "x"}], "day": "yesterday"}
        error = self.fails(lambda: self.client.run(task, wrong))
        fields = {
            "data.csv": "must be string",
            "data.rows.1.email": "is required",
            "data.rows.1.age": "must be integer",
            "data.day": "must be a date (ISO 8601)",
        }
        self.assertEqual((error.code, error.status, error.fields), ("invalid_request", 0, fields))

    def test_fails_for_good_when_what_came_otherwise_or_the_result_does_not_fit(self) -> None:
        task = self.define()
        before = self.submit(task.type, data={"csv": 3})
        self.work(tasks=[task.handle(lambda job, ctx: {"imported": "many"})])
        message = self.ended(before)["errorLog"][0]["message"]
        self.assertEqual(message, "The data of the task does not fit its type: data.csv: must be string")
        run = self.client.run(task, Voters("a"))
        with self.assertRaises(TaskFailed) as caught:
            run.result(60)
        self.assertEqual(caught.exception.task["attempt"], 1)
        self.assertIn("result.imported: must be integer", str(caught.exception))

    def test_has_its_schema_registered_by_its_worker_and_data_that_does_not_fit_is_refused(self) -> None:
        task = self.define()
        self.work(tasks=[task.handle(voters)])
        until(lambda: self.client.get_work_type(task.type).get("inputSchema"))
        error = self.fails(lambda: self.submit(task.type, data={"rows": [{"email": 3}]}))
        self.assertEqual(error.status, 400)
        self.assertEqual(dict(error.fields), {"data.csv": "is required", "data.rows.0.email": "must be string"})

    def test_has_what_its_definition_and_its_run_say_of_it_and_the_run_goes_first(self) -> None:
        task = self.define(
            max_attempts=7, backoff=(1.5, 60), time_limit=30, priority=5, labels=lambda data: {"county": data.county}
        )
        view = self.client.run(task, Voters("a", county="Kent"), priority=6, run_at=datetime(2100, 1, 1)).get()
        said = (view["maxAttempts"], view["backoff"], view["timeout"], view["priority"], view["labels"], view["runAt"])
        backoff = {"firstMs": 1_500, "maxMs": 60_000}
        self.assertEqual(said, (7, backoff, 30_000, 6, {"county": "Kent"}, "2100-01-01T00:00:00.000Z"))
        with self.assertRaises(TypeError):
            self.client.run(task, Voters("a"), urgency=3)  # type: ignore[call-arg]

    def test_that_failed_or_was_canceled_tells_whoever_waits(self) -> None:
        task = self.define()
        self.work(tasks=[task.handle(voters)])
        with self.assertRaisesRegex(TaskFailed, "failed: the county is wrong"):
            self.client.run(task, Voters("a", county="fails")).result(60)
        later = self.client.run(task, Voters("a"), run_at="2100-01-01T00:00:00Z")
        threading.Timer(0.2, later.cancel).start()
        with self.assertRaisesRegex(TaskCanceled, "was canceled: requested"):
            later.result(60)

    def test_is_waited_for_no_longer_than_one_will_and_goes_on(self) -> None:
        task = self.define()
        run = self.client.run(task, Voters("a"))
        self.assertEqual(self.fails(lambda: run.result(0.3)).code, "timeout")
        cancel = CancelToken()
        threading.Timer(0.2, cancel.cancel).start()
        self.assertEqual(self.fails(lambda: run.result(cancel=cancel)).code, "aborted")
        self.assertEqual(run.get()["status"], "pending")
        nobody = self.client.run_of(task, "01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41")
        self.assertEqual(self.fails(lambda: nobody.result(5)).code, "not_found")

    def test_has_its_events(self) -> None:
        task = self.define()
        self.work(tasks=[task.handle(voters)])
        kinds = [event["type"] for event in self.client.run(task, Voters("a\nb")).events()]
        self.assertEqual((kinds[0], kinds[-1]), ("TaskCreated", "TaskCompleted"))


class ManyTypedTasks(ServerTest):
    def test_are_submitted_beyond_a_thousand_come_back_in_order_and_are_waited_for_at_once(self) -> None:
        task = define_task(new_type(), input=int, output=int)
        self.work(tasks=[task.handle(lambda job, ctx: job.data * 2)], concurrency=50)
        runs = self.client.run_all(task, range(1_200))
        self.assertEqual([run.result(120) for run in runs], [2 * number for number in range(1_200)])

    def test_are_waited_for_by_many_threads_over_one_connection(self) -> None:
        task = define_task(new_type(), input=int, output=int)
        runs = self.client.run_all(task, range(20))
        results: dict[int, int] = {}

        def wait(number: int) -> None:
            results[number] = runs[number].result(60)

        threads = [threading.Thread(target=wait, args=(number,)) for number in range(20)]
        for thread in threads:
            thread.start()
        until(lambda: sum(one.name == "waybill endings" for one in threading.enumerate()) == 1)
        self.work(tasks=[task.handle(lambda job, ctx: job.data)])
        for thread in threads:
            thread.join(60)
        self.assertEqual(results, {number: number for number in range(20)})

    def test_are_not_created_again_by_the_same_call_with_the_same_key(self) -> None:
        task = define_task(new_type(), input=int)
        key = new_type()
        first = [run.id for run in self.client.run_all(task, range(1_001), idempotency_key=key)]
        second = [run.id for run in self.client.run_all(task, range(1_001), idempotency_key=key)]
        self.assertEqual(first, second)
        one, again = (self.client.run(task, 1, idempotency_key=key + "x").id for _ in range(2))
        self.assertEqual(one, again)

    def test_of_which_some_are_refused_are_there_and_it_is_said_which(self) -> None:
        task = define_task(new_type(), input=str)
        type_schema: Any = {"inputSchema": {"type": "string", "maxLength": 3}}
        self.client.put_work_type(task.type, type_schema)
        with self.assertRaises(NotAllCreated) as caught:
            self.client.run_all(task, ["a", "much too long", "b"])
        runs = caught.exception.runs
        self.assertEqual([run is not None for run in runs], [True, False, True])
        [(index, error)] = caught.exception.failures
        self.assertEqual((index, error.code), (1, "invalid_request"))

    def test_are_waited_for_where_there_is_no_stream_of_events(self) -> None:
        tap = self.tap()
        passes = tap.steps[0]

        def step(handler: Any, seen: Any) -> None:
            (refuses(404, "not_found") if seen.path.startswith("/api/events") else passes)(handler, seen)

        tap.steps[0] = step
        task = define_task(new_type(), input=int, output=int)
        run = self.connect(tap.url).run(task, 3)
        threading.Timer(0.3, lambda: self.work(tasks=[task.handle(lambda job, ctx: job.data)])).start()
        self.assertEqual(run.result(30), 3)

    def test_are_listed_page_after_page(self) -> None:
        task = define_task(new_type(), input=int)
        ids = {run.id for run in self.client.run_all(task, range(7))}
        self.assertEqual({one["id"] for one in self.client.iterate_tasks(type=task.type, limit=3)}, ids)
        self.assertEqual({one["id"] for one in self.client.iterate_jobs(type=task.type, limit=3)}, ids)


class Definitions(unittest.TestCase):
    def test_have_the_json_schema_of_their_types(self) -> None:
        row = {
            "type": "object",
            "properties": {"email": {"type": "string"}, "age": {"anyOf": [{"type": "integer"}, {"type": "null"}]}},
            "required": ["email"],
        }
        self.assertEqual(
            json_schema_of(Voters),
            {
                "type": "object",
                "properties": {
                    "csv": {"type": "string"},
                    "county": {"type": "string"},
                    "rows": {"type": "array", "items": {"$ref": "#/$defs/Row"}},
                    "day": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]},
                },
                "required": ["csv"],
                "$defs": {"Row": row},
            },
        )
        node = json_schema_of(Node)
        self.assertEqual(node["$ref"], "#/$defs/Node")
        self.assertEqual(node["$defs"]["Node"]["properties"]["children"]["items"], {"$ref": "#/$defs/Node"})
        self.assertEqual(json_schema_of(Colour), {"enum": ["red", "blue"]})

    @unittest.skipIf(NotRequired is None, "typing has no NotRequired before Python 3.11, unlike pydantic's typing_extensions")
    def test_know_what_a_typed_dict_does_not_require(self) -> None:
        schema = json_schema_of(Partial)
        self.assertEqual(schema["required"], ["here"])

    def test_of_every_sort_of_value_come_back_as_they_were(self) -> None:
        task = define_task("a", input=Place)
        place: Place = {
            "at": datetime(2026, 1, 2, 3, 4, tzinfo=timezone.utc),
            "id": UUID("01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41"),
            "colour": Colour.BLUE,
            "size": (3, 4.0),
            "kind": "b",
            "tags": {"x": 1, "y": "2"},
        }
        tried = task.handle(lambda job, ctx: [job.data == place, type(job.data["size"]).__name__]).test(place)
        self.assertEqual(tried.result, [True, "tuple"])

    def test_are_refused_where_they_are_none(self) -> None:
        for type in ("", "a b", "x" * 101, None):
            with self.assertRaisesRegex(TypeError, "is not a task type"):
                define_task(type, input=dict)  # type: ignore[type-var, arg-type]
        for kind in (set, print, dict[int, str], object()):
            with self.subTest(kind), self.assertRaises(TypeError):
                define_task("a", input=kind)  # type: ignore[arg-type]

    @unittest.skipIf(pydantic is None, "there is no pydantic on this machine")
    def test_may_be_models_of_pydantic(self) -> None:
        class Model(pydantic.BaseModel):
            rows: list[int]
            name: str = "unknown"

        task = define_task("a", input=Model, output=Model)
        self.assertEqual(task.input_schema["required"], ["rows"])
        tried = task.handle(lambda job, ctx: Model(rows=job.data.rows * 2)).test(Model(rows=[1]))
        self.assertEqual(tried.result, Model(rows=[1, 1]))
        with self.assertRaises(DoNotRetry) as caught:
            task.handle(lambda job, ctx: job.data).test({"rows": ["x"]})  # type: ignore[arg-type]
        self.assertIn("data.rows.0: ", str(caught.exception))


class Partial(TypedDict):
    here: str
    not_here: NotRequired[int]


class AHandlerThatIsTried(unittest.TestCase):
    """Without a server."""

    task = define_task("voters", input=Voters, output=Imported)

    def test_gives_its_result_and_what_it_said_meanwhile(self) -> None:
        def handler(job: Any, ctx: Any) -> Imported:
            ctx.error("row 1", "has no name")
            ctx.cost(3)
            ctx.cost(4)
            ctx.logger.warning("careful")
            ctx.step("old", lambda: self.fail("it was done"))
            ctx.step("new", lambda: [1])
            ctx.progress(1, 2)
            return Imported(job.attempt)

        tried = self.task.handle(handler).test(Voters("a"), attempt=2, steps={"old": {"kept": True}})
        self.assertEqual((tried.result, tried.progress, tried.cost_micro_usd), (Imported(2), (1, 2), 7))
        self.assertEqual((tried.log, tried.errors), ([("warn", "careful")], [("row 1", "has no name")]))
        self.assertEqual(tried.steps, {"old": {"kept": True}, "new": [1]})

    def test_may_be_a_coroutine(self) -> None:
        async def handler(job: Any, ctx: Any) -> Imported:
            async def work() -> int:
                return 3

            return Imported(await ctx.step("a", work))

        self.assertEqual(self.task.handle(handler).test(Voters("a")).result, Imported(3))

    def test_is_stopped_by_a_token_as_by_a_cancel(self) -> None:
        cancelled = CancelToken()
        cancelled.cancel(KeyError("mine"))
        with self.assertRaises(KeyError):
            self.task.handle(voters).test(Voters("a\nb"), cancelled=cancelled)

    def test_raises_what_it_raises_and_for_what_does_not_fit(self) -> None:
        with self.assertRaisesRegex(DoNotRetry, "the county is wrong"):
            self.task.handle(voters).test(Voters("a", county="fails"))
        with self.assertRaisesRegex(DoNotRetry, "data.csv: is required"):
            self.task.handle(voters).test({})  # type: ignore[arg-type]
        with self.assertRaisesRegex(DoNotRetry, "result.imported: must be integer"):
            self.task.handle(lambda job, ctx: Imported("x")).test(Voters("a"))  # type: ignore[arg-type]

    def test_stays_a_function(self) -> None:
        self.assertEqual(self.task.handle(voters).__name__, "voters")


if __name__ == "__main__":
    unittest.main()
