"""The client of all routes that a server has, and of typed tasks."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ..cancel import CancelToken
from ..errors import ApiError, is_transient
from ..generated.routes import Routes
from ..tasks.runs import Runs
from .pages import pages
from .saved import server_and_token
from .sending import Sender
from .transfer import UploadBody, download, upload
from .watch import watch

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ..generated.types import ListedTask
    from .calls import CallOptions, Download
    from .job import Job


def _quiet(_: ApiError, __: float) -> None:
    pass


class Client(Routes, Runs):
    """A method for each route, those that run typed tasks, and files. Threads may share it.

    Without `server` and `token` they are taken from WAYBILL_SERVER and WAYBILL_TOKEN, or the last `waybill login`.
    Sent again when no answer came is what changes nothing the second time: GET, PUT, PATCH and DELETE, the POSTs that
    the contract calls repeatable, and creating with an Idempotency-Key, which is made unless one is given.

    Raises ValueError when `server` is no http or https URL.
    """

    def __init__(
        self,
        server: str | None = None,
        token: str | None = None,
        *,
        callback_secret: str | None = None,
        timeout: float = 30.0,
        retries: int = 3,
        retry_if: Callable[[ApiError], bool] = is_transient,
        on_retry: Callable[[ApiError, float], None] = _quiet,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        address, found = server_and_token(server, token)
        sender = Sender(timeout, retries, retry_if, on_retry, ssl_context)
        super().__init__(address, found, callback_secret, sender)
        self._begin_runs()

    def upload(
        self,
        url: str,
        body: UploadBody,
        *,
        content_type: str | None = None,
        checksum: bool = True,
        **options: Unpack[CallOptions],
    ) -> None:
        """PUTs a file to a presigned URL, and again when the connection breaks.

        `content_type`: as it was declared when the URL was made; that of a path's ending unless given. `checksum`
        has the storage check the contents by their SHA-256: switch it off where a storage takes no such header.
        """
        upload(self._sender, url, body, content_type, checksum, options)

    def download(self, url: str, **options: Unpack[CallOptions]) -> Download:
        """GETs a presigned URL."""
        return download(self._sender, url, options)

    def watch(
        self,
        job_id: str,
        *,
        timeout: float | None = None,
        cancel: CancelToken | None = None,
        min_interval: float = 0.25,
        max_interval: float = 3.0,
        patience: float = 120.0,
        on_trouble: Callable[[ApiError], None] = lambda _: None,
    ) -> Iterator[Job]:
        """The job, of whatever kind, whenever its status or progress has changed, until it has ended. Leaving it, and
        its time limit, do nothing to the job.
        """
        return watch(
            lambda: self.get_job(job_id, cancel=cancel),
            timeout=timeout,
            cancel=cancel,
            min_interval=min_interval,
            max_interval=max_interval,
            patience=patience,
            on_trouble=on_trouble,
        )

    def wait(self, job_id: str, *, timeout: float | None = None, cancel: CancelToken | None = None) -> Job:
        """The job, of whatever kind, when it has ended. Raises ApiError "timeout" when that takes longer."""
        view: Job | None = None
        for view in self.watch(job_id, timeout=timeout, cancel=cancel):
            pass
        assert view is not None
        return view

    def iterate_tasks(self, **query: Any) -> Iterator[ListedTask]:
        """All tasks that `list_tasks` lists with the same query, page after page."""
        for page in pages(self.list_tasks, **query):
            yield from page["jobs"]

    def iterate_jobs(self, **query: Any) -> Iterator[Any]:
        """All jobs that `list_jobs` lists with the same query, page after page."""
        for page in pages(self.list_jobs, **query):
            yield from page["jobs"]

    def close(self) -> None:
        """Closes the connections that are kept. The client can still be used."""
        self._end_runs()
        self._sender.pool.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
