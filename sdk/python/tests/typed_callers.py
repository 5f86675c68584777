"""What mypy says of programs that use the package. Each line that is wrong is marked: mypy reports marks that it does
not need. It is not run.
"""

from __future__ import annotations

from dataclasses import dataclass

from waybill import AsyncTaskContext, Client, TaskContext, TaskJob, define_task


@dataclass
class Photo:
    name: str


@dataclass
class Published:
    url: str


publish = define_task("publish_photo", input=Photo, output=Published)
thumbs = define_task("make_thumbs", input=int)


@publish.handle
def publishing(job: TaskJob[Photo], ctx: TaskContext) -> Published:
    job.data.nmae  # type: ignore[attr-defined]
    ctx.progress("half")  # type: ignore[arg-type]
    ctx.log("done", "loud")  # type: ignore[arg-type]
    url: str = ctx.step("upload", lambda: "https://files.example/1")
    number: int = ctx.step("upload", lambda: "https://files.example/1")  # type: ignore[assignment]
    child: Published = ctx.run(publish, Photo("again"))
    ctx.run(publish, "again")  # type: ignore[misc]
    return Published(url + child.url + str(number))


@publish.handle
async def publishing_async(job: TaskJob[Photo], ctx: AsyncTaskContext) -> Published:
    url: str = await ctx.step("upload", lambda: "https://files.example/1")
    await ctx.sleep("soon")  # type: ignore[arg-type]
    return Published(url + job.data.name)


@thumbs.handle  # type: ignore[arg-type]
def of_another_type(job: TaskJob[str], ctx: TaskContext) -> None:
    pass


def calling(client: Client) -> None:
    run = client.run(publish, Photo("bowl.jpg"), max_attempts=3)
    result: Published = run.result(timeout=5)
    result.link  # type: ignore[attr-defined]
    client.run(publish, {"name": "bowl.jpg"})  # type: ignore[misc]
    client.run(publish, Photo("bowl.jpg"), attempts=3)  # type: ignore[call-arg]
    client.run(publish, Photo("bowl.jpg"), max_attempts="3")  # type: ignore[arg-type]
    client.get_task(7)  # type: ignore[arg-type]
    client.get_job(run.id)["percent"]  # type: ignore[typeddict-item]
    tried = publishing.test(Photo("bowl.jpg"), steps={"upload": "https://files.example/1"})
    tried.result.link  # type: ignore[attr-defined]
    publishing.test("bowl.jpg")  # type: ignore[arg-type]
