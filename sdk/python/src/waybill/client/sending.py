"""Calls: repeated where that is safe, and answered or failed as Waybill does."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from ..cancel import CancelToken
from ..errors import ApiError, is_transient
from ..generated.error_codes import SERVER_ERROR_CODES
from ..transport.connections import ConnectionPool
from ..transport.request import Request, RequestError, Response, request
from ..transport.retry import Pauses, retry_until_answered

if TYPE_CHECKING:
    from ..generated.error_codes import ErrorCode

PAUSES = Pauses(0.2, 5.0)
#: An answer of a route: a page has 1 MiB at most, and what a worker takes, much more than that.
MAX_ANSWER_BYTES = 256 * 1024**2


def _quiet(_: ApiError, __: float) -> None:
    pass


@dataclass
class Sender:
    """How requests are sent."""

    #: Of each attempt, in seconds.
    timeout: float = 30.0
    #: Attempts after the first.
    retries: int = 3
    #: Which errors of a call that may be repeated are worth another attempt.
    retry_if: Callable[[ApiError], bool] = is_transient
    #: Hears of every attempt that failed and is going to be repeated, and after how many seconds.
    on_retry: Callable[[ApiError, float], None] = _quiet
    ssl_context: ssl.SSLContext | None = None
    pool: ConnectionPool = field(init=False)

    def __post_init__(self) -> None:
        self.pool = ConnectionPool(self.ssl_context)


def send(
    sender: Sender,
    asked: Request,
    repeatable: bool,
    *,
    timeout: float | None = None,
    retries: int | None = None,
    cancel: CancelToken | None = None,
) -> Response:
    """Sends it, again if that is safe; returns the first answer with a status of 2xx, whose body is to be read.

    Raises ApiError.
    """
    seconds = sender.timeout if timeout is None else timeout
    return _repeated(
        sender,
        asked.url,
        lambda: request(sender.pool, asked, seconds=seconds, cancel=cancel, follow=True),
        repeatable,
        sender.retries if retries is None else retries,
        cancel,
    )


def call(
    sender: Sender,
    asked: Request,
    repeatable: bool,
    *,
    timeout: float | None = None,
    retries: int | None = None,
    cancel: CancelToken | None = None,
) -> Any:
    """The `data` of the answer.

    Raises ApiError.
    """
    response = send(sender, asked, repeatable, timeout=timeout, retries=retries, cancel=cancel)
    status = response.status
    try:
        answer = json.loads(response.read(MAX_ANSWER_BYTES))
    except (RequestError, ValueError) as error:
        message = f"The response from {place(asked.url)} was cut short or is not JSON."
        raise ApiError("network", message) from error
    except BaseException as error:
        raise _stopped(error, cancel, asked.url) from error
    if isinstance(answer, dict) and answer.get("success") is True:
        return answer.get("data")
    raise ApiError("unexpected_answer", _not_ours(asked.url, status), status=status)


def _repeated(
    sender: Sender,
    url: str,
    once: Callable[[], Response],
    repeatable: bool,
    retries: int,
    cancel: CancelToken | None,
) -> Response:
    def may_help(error: RequestError, tries: int) -> bool:
        # A longer wait than a minute is the caller's to decide.
        return (
            repeatable
            and tries <= retries
            and (error.retry_after or 0.0) <= PAUSES.longest_retry_after
            and sender.retry_if(api_error(error, url))
        )

    try:
        return retry_until_answered(
            once,
            PAUSES,
            cancel=cancel,
            may_help=may_help,
            on_failure=lambda error, _, seconds: sender.on_retry(api_error(error, url), seconds),
        )
    except RequestError as error:
        raise api_error(error, url) from error
    except BaseException as error:
        raise _stopped(error, cancel, url) from error


def _stopped(error: BaseException, cancel: CancelToken | None, url: str) -> BaseException:
    if cancel is None or error is not cancel.reason:
        return error
    return ApiError("aborted", f"The request to {place(url)} was stopped.")


def api_error(error: RequestError, url: str) -> ApiError:
    """A request that failed, in the words of the API."""
    if error.status is None:
        return ApiError("timeout" if error.timed_out else "network", f"{place(url)} {error.message}.")
    refusal = _refusal_in(error.body)
    if refusal is None:
        return ApiError(
            "unexpected_answer",
            _not_ours(url, error.status),
            status=error.status,
            request_id=error.request_id,
            retry_after=error.retry_after,
        )
    details = refusal.get("details")
    return ApiError(
        cast("ErrorCode", refusal["code"]),
        refusal["message"],
        status=error.status,
        details=details if isinstance(details, dict) else {},
        request_id=error.request_id,
        retry_after=error.retry_after,
    )


def _refusal_in(body: str) -> dict[str, Any] | None:
    try:
        error = json.loads(body)["error"]
        known = error["code"] in SERVER_ERROR_CODES and isinstance(error["message"], str)
    except (ValueError, KeyError, TypeError):
        return None
    return cast("dict[str, Any]", error) if known else None


def _not_ours(url: str, status: int) -> str:
    return f"{place(url)} answered {status}, but not as Waybill does."


def place(url: str) -> str:
    """A presigned URL is a secret for as long as it is good: only its origin is named."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.netloc else "The server"
