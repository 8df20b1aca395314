"""Errors before there is a request for the app: one line of plain text each."""

from __future__ import annotations

import http
from typing import TYPE_CHECKING

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

if TYPE_CHECKING:
    from collections.abc import Iterable

_SENTENCES = {
    400: "This is no HTTP request that can be understood.",
    408: "The request did not come in time.",
    414: "The address is too long.",
    431: "The header of the request is too large.",
    503: "Too many connections are open. Please try again in a few seconds.",
}


def refusal(status: int, default_headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return the whole response. The connection closes after it."""
    body = f"{_SENTENCES[status]}\n".encode()
    fields = [
        *default_headers,
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    if status == http.HTTPStatus.SERVICE_UNAVAILABLE:
        fields.append((b"retry-after", b"3"))
    return STATUS_LINE[status] + b"".join(b"%s: %s\r\n" % field for field in fields) + b"\r\n" + body
