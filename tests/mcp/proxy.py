"""A proxy that adds a token to each request: the conformance suite sends none."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

_OWN = {"connection", "transfer-encoding", "content-length", "keep-alive"}


@contextmanager
def with_token(url: str, token: str) -> Iterator[str]:
    """Yield the address of a proxy in front of a server. `Host` and `Origin` pass unchanged."""
    handler = type("Handler", (_Handler,), {"server_at": urlsplit(url).netloc, "token": token})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), name="proxy")
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_at: str
    token: str

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        upstream = HTTPConnection(self.server_at, timeout=20)
        upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in _OWN:
                upstream.putheader(name, value)
        upstream.putheader("Authorization", f"Bearer {self.token}")
        if body:
            upstream.putheader("Content-Length", str(len(body)))
        upstream.endheaders(body or None)
        answer = upstream.getresponse()
        content = answer.read()
        upstream.close()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in _OWN | {"date", "server"}:
                self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_DELETE = do_OPTIONS = do_PUT = _pass_on  # noqa: N815

    def log_message(self, *_args: object) -> None:
        """Write no log."""
