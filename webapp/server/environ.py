"""The WSGI environ of a request (PEP 3333), made from its ASGI scope."""

from __future__ import annotations

import sys
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from uvicorn._types import HTTPScope

#: Header fields that are handled before the app gets the whole body.
_HOP_BY_HOP = frozenset({b"transfer-encoding", b"expect", b"te", b"trailer", b"upgrade"})


def make_environ(scope: HTTPScope, body: IO[bytes], size: int | None, *, multiprocess: bool) -> dict[str, Any]:
    """Return the environ of a request whose body has `size` bytes, None if it has no body.

    A field with an underscore in its name is dropped: the app could take it for the field with a hyphen that a proxy
    wrote. The parser has already refused a second `Host` or `Content-Length` with another value.
    """
    server = scope["server"] or ("", 80)
    client = scope["client"] or ("", 0)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": multiprocess,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        if b"_" not in name and name not in _HOP_BY_HOP:
            _add(environ, name.decode("latin-1").upper().replace("-", "_"), value.decode("latin-1"))
    if size is not None:
        environ["CONTENT_LENGTH"] = str(size)
    return environ


def _add(environ: dict[str, Any], name: str, value: str) -> None:
    key = name if name in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{name}"
    if key not in environ:
        environ[key] = value
    else:
        # RFC 9110, section 5.3; cookies are joined by "; " (RFC 9113, section 8.2.3).
        environ[key] += f"; {value}" if key == "HTTP_COOKIE" else f",{value}"
