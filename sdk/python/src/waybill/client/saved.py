"""Which server, and who asks: as on the command line."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

DEFAULT_SERVER = "http://127.0.0.1:8787"


def server_and_token(
    server: str | None, token: str | None, env: Mapping[str, str] | None = None
) -> tuple[str, str | None]:
    """What is given, else WAYBILL_SERVER and WAYBILL_TOKEN, else what `waybill login` saved.

    Raises ValueError when the server is no http or https URL.
    """
    environment = os.environ if env is None else env
    saved: dict[str, Any] | None = None
    if not server:
        server = environment.get("WAYBILL_SERVER") or None
    if not server:
        saved = _saved(environment)
        server = (saved or {}).get("server") or DEFAULT_SERVER
    address = checked_address(server)
    token = token or environment.get("WAYBILL_TOKEN") or None
    if token is None:
        saved = _saved(environment) if saved is None else saved
        tokens = (saved or {}).get("tokens")
        found = tokens.get(address) if isinstance(tokens, dict) else None
        token = found if isinstance(found, str) else None
    return address, token


def checked_address(server: str) -> str:
    """Without slashes at its end; a path is that below a proxy."""
    address = server.rstrip("/")
    try:
        parts = urlsplit(address)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        valid = False
    if not valid:
        raise ValueError(f"{server!r} is not an http:// or https:// URL")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("the address of a server has no user, query or fragment")
    return address


def _saved(env: Mapping[str, str]) -> dict[str, Any] | None:
    base = env.get("XDG_CONFIG_HOME", "")
    folder = Path(base) if base.startswith("/") else Path(env.get("HOME") or Path.home()) / ".config"
    path = folder / "waybill" / "credentials.json"
    try:
        saved = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except ValueError:
        saved = None
    if not isinstance(saved, dict):
        raise ValueError(f"{path} is damaged: delete it and log in again")
    return saved
