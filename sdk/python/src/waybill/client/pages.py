"""All pages of a list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar, cast

P = TypeVar("P")


def pages(method: Callable[..., P], *args: Any, **query: Any) -> Iterator[P]:
    """The pages of a route that lists, one request each: `pages(client.list_tasks, status="failed")`.

    Follows `nextCursor` or `nextAfter`, whichever the route answers.
    """
    while True:
        page = method(*args, **query)
        yield page
        answer = cast("dict[str, Any]", page)
        if answer.get("nextCursor") is not None:
            query = {**query, "cursor": answer["nextCursor"]}
            query.pop("offset", None)
        elif answer.get("nextAfter") is not None:
            query = {**query, "after": answer["nextAfter"]}
        else:
            return
