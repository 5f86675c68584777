# Written by npm run docs, from the OpenAPI document.
"""The codes of errors."""

from typing import Literal, Union, get_args

#: What a server says.
ServerErrorCode = Literal[
    "invalid_request",
    "not_found",
    "invalid_state",
    "insufficient_credits",
    "concurrency_limit",
    "rate_limit",
    "rule_limit",
    "quota_exceeded",
    "limit_reached",
    "missing_uploads",
    "conflict",
    "idempotency_mismatch",
    "idempotency_in_progress",
    "unauthenticated",
    "forbidden",
    "lease_lost",
    "unavailable",
    "internal",
]

#: What a call can fail with: no answer ("network"), none in time ("timeout"), the caller stopped it ("aborted"), an
#: answer that is none of Waybill's ("unexpected_answer"), or what the server says.
ErrorCode = Union[Literal["network", "timeout", "aborted", "unexpected_answer"], ServerErrorCode]

SERVER_ERROR_CODES: frozenset[str] = frozenset(get_args(ServerErrorCode))
#: After which the same request may work later.
RETRYABLE_CODES: frozenset[str] = frozenset(
    (
        "concurrency_limit",
        "rate_limit",
        "limit_reached",
        "missing_uploads",
        "idempotency_in_progress",
        "unavailable",
    )
)
