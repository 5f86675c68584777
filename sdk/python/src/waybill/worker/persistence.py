"""Whether saying the same again helps."""

from __future__ import annotations

from ..transport.request import RequestError
from ..transport.retry import Pauses
from .thrown import message_of

PAUSES = Pauses(0.2, 10.0)


def describe(error: BaseException) -> str:
    """What a request failed with, so that a person can do something about it."""
    return f"the server {error.message}" if isinstance(error, RequestError) else message_of(error)


def is_refusal(error: BaseException) -> bool:
    """Whether saying the same again is vain."""
    return isinstance(error, RequestError) and not error.retryable


def is_locked_out(error: BaseException) -> bool:
    """Whether the server does not know the worker, or does not let it work."""
    return isinstance(error, RequestError) and error.status in (401, 403)


def hint(error: RequestError) -> str:
    return {
        401: ": the token is wrong, or has expired",
        403: ": the token is not one of somebody with the role operator",
        404: ": there is no Waybill server with tasks at that address",
    }.get(error.status or 0, "")
