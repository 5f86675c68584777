"""How a worker speaks to its server."""

from __future__ import annotations

import json
import ssl
import threading
from typing import Any, cast

from ..cancel import CancelToken
from ..client.saved import checked_address
from ..json_text import dumps
from ..transport.connections import ConnectionPool
from ..transport.request import Request, RequestError, request

#: One request, beside the time that a take waits.
REQUEST_SECONDS = 15.0
#: For the server to answer a take that waits, once it is told that the worker stops.
LEAVE_SECONDS = 1.0
#: A thousand tasks of 256 KB.
MAX_ANSWER_BYTES = 256 * 1024**2


class WorkTransport:
    """Each call raises RequestError, which says whether waiting helps, or the token's reason."""

    def __init__(self, server: str, token: str, ssl_context: ssl.SSLContext | None = None) -> None:
        self._server = checked_address(server)
        self._headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        self._pool = ConnectionPool(ssl_context)

    def take(self, body: dict[str, Any], cancel: CancelToken) -> dict[str, Any]:
        """Hanging up at once could leave tasks with a worker that never heard of them."""
        cancel.raise_if_set()
        hang_up = CancelToken()

        def leave() -> None:
            threading.Thread(target=self._leave, args=(body["workerId"], hang_up, cancel), daemon=True).start()

        forget = cancel.on_cancel(leave)
        try:
            return cast("dict[str, Any]", self._ask("take", body, REQUEST_SECONDS + body["waitMs"] / 1_000, hang_up))
        finally:
            forget()
            hang_up.cancel()

    def report(self, body: dict[str, Any], cancel: CancelToken) -> dict[str, Any]:
        return cast("dict[str, Any]", self._ask("report", body, REQUEST_SECONDS, cancel))

    def heartbeat(
        self, body: dict[str, Any], cancel: CancelToken | None, seconds: float = REQUEST_SECONDS
    ) -> dict[str, Any]:
        return cast("dict[str, Any]", self._ask("heartbeat", body, seconds, cancel))

    def children(self, body: dict[str, Any], cancel: CancelToken) -> list[dict[str, Any]]:
        return cast("list[dict[str, Any]]", self._ask("children", body, REQUEST_SECONDS, cancel)["children"])

    def close(self) -> None:
        self._pool.close()

    def _leave(self, worker_id: str, hang_up: CancelToken, cancel: CancelToken) -> None:
        try:
            self.heartbeat({"workerId": worker_id, "leaseIds": [], "stopping": True}, None, LEAVE_SECONDS)
        except RequestError:
            pass
        hang_up.wait(LEAVE_SECONDS)
        hang_up.cancel(cancel.reason)

    def _ask(self, name: str, body: dict[str, Any], seconds: float, cancel: CancelToken | None) -> Any:
        text = dumps(body)
        asked = Request("POST", f"{self._server}/api/v1/workers/{name}", self._headers, lambda: text)
        response = request(self._pool, asked, seconds=seconds, cancel=cancel)
        status = response.status
        try:
            answer = json.loads(response.read(MAX_ANSWER_BYTES))
            if answer["success"] is True and isinstance(answer["data"], dict):
                return answer["data"]
        except (ValueError, KeyError, TypeError):
            pass
        message = f"answered {status} with something other than the API's JSON"
        raise RequestError(message, status=status, retryable=True)
