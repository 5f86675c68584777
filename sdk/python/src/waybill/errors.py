"""What calls fail with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .generated.error_codes import ErrorCode


class ApiError(Exception):
    """Everything that a call can fail with."""

    def __init__(
        self,
        code: ErrorCode,
        message: str,
        *,
        status: int = 0,
        details: Mapping[str, Any] | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        #: What programs go by: see `ErrorCode`.
        self.code = code
        self.message = message
        #: The HTTP status; 0 when there was no answer.
        self.status = status
        #: What the server adds, by code: `fields`, `needed`, `missing` and the like.
        self.details: Mapping[str, Any] = details or {}
        #: Under which the server's log has this request; None when there was no answer.
        self.request_id = request_id
        #: Seconds to wait before the same call may succeed, as the server said; None when it did not.
        self.retry_after = retry_after

    def __reduce__(self) -> tuple[Any, ...]:
        return _api_error, (self.code, self.message, self.status, dict(self.details), self.request_id, self.retry_after)

    @property
    def fields(self) -> Mapping[str, str]:
        """What is wrong with which field, by its path; empty when that is not it."""
        fields = self.details.get("fields")
        return fields if isinstance(fields, dict) else {}


def _api_error(
    code: ErrorCode, message: str, status: int, details: dict[str, Any], request_id: str | None, retry: float | None
) -> ApiError:
    return ApiError(code, message, status=status, details=details, request_id=request_id, retry_after=retry)


def is_transient(error: ApiError) -> bool:
    """Whether waiting and saying the same again may help: no answer, 429, 502, 503, 504."""
    return error.code in ("network", "timeout") or error.status == 429 or 502 <= error.status <= 504
