"""Files to and from object storage, by presigned URLs."""

from __future__ import annotations

import base64
import hashlib
import mimetypes
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Union

from ..transport.connections import Body
from ..transport.request import Request
from .calls import TRANSFER_SECONDS, CallOptions, Download
from .sending import Sender, send

#: A path, bytes, or a file that is open for reading; only what cannot be read from its beginning again is sent once.
UploadBody = Union[str, "os.PathLike[str]", bytes, BinaryIO]
PIECE_BYTES = 65_536


def upload(
    sender: Sender,
    url: str,
    body: UploadBody,
    content_type: str | None,
    checksum: bool,
    options: CallOptions,
) -> None:
    """PUTs to a presigned URL, with the length and a SHA-256 that the storage checks. The server's credentials are
    not sent along. Raises ApiError.
    """
    source = _Source(body)
    headers = {"content-length": str(source.length)}
    kind = content_type or source.guessed_type
    if kind is not None:
        headers["content-type"] = kind
    if checksum and source.repeatable:
        headers["x-amz-checksum-sha256"] = base64.b64encode(source.sha256()).decode()
    asked = Request("PUT", url, headers, source.body)
    given: dict[str, Any] = {"timeout": TRANSFER_SECONDS, **options}
    send(sender, asked, source.repeatable, **given).close()


def download(sender: Sender, url: str, options: CallOptions) -> Download:
    """GETs a presigned URL. Raises ApiError."""
    given: dict[str, Any] = {"timeout": TRANSFER_SECONDS, **options}
    return Download(send(sender, Request("GET", url, {}), True, **given), url)


class _Source:
    """What is uploaded: its length is known before, and it can be read as often as it takes."""

    def __init__(self, body: UploadBody) -> None:
        self.repeatable = True
        self.guessed_type: str | None = None
        self._pieces: Callable[[], Iterator[bytes]]
        if isinstance(body, (bytes, bytearray, memoryview)):
            whole = bytes(body)
            self.length = len(whole)
            self._pieces = lambda: iter([whole] if whole else [])
        elif isinstance(body, (str, os.PathLike)):
            path = Path(body)
            self.length = path.stat().st_size
            self.guessed_type = mimetypes.guess_type(path.name)[0]
            self._pieces = lambda: _read_path(path)
        else:
            file = body
            self.repeatable = file.seekable()
            if not self.repeatable:
                # Object storage wants the length before: it is read whole.
                whole = file.read()
                self.length = len(whole)
                self.repeatable = True
                self._pieces = lambda: iter([whole] if whole else [])
                return
            start = file.tell()
            self.length = file.seek(0, os.SEEK_END) - start
            self._pieces = lambda: _read_file(file, start)

    def body(self) -> Body:
        return self._exactly()

    def sha256(self) -> bytes:
        digest = hashlib.sha256()
        for piece in self._exactly():
            digest.update(piece)
        return digest.digest()

    def _exactly(self) -> Iterator[bytes]:
        """As many bytes as were announced, though the file may change meanwhile: more would be the next request."""
        left = self.length
        for piece in self._pieces():
            if len(piece) > left:
                piece = piece[:left]
            left -= len(piece)
            yield piece
            if left == 0:
                return
        if left > 0:
            raise OSError(f"the file became shorter by {left} bytes while it was uploaded")


def _read_path(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from _read_file(file, 0)


def _read_file(file: BinaryIO, start: int) -> Iterator[bytes]:
    file.seek(start)
    while piece := file.read(PIECE_BYTES):
        yield piece
