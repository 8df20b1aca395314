"""nginx and Caddy before Minutebook, with the very examples of `deploy/`: ports, certificate and log are the test's."""

from __future__ import annotations

import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from contextlib import contextmanager, suppress
from http.client import HTTPSConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.support.programs import need
from tests.support.server import _die_with_parent, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES = Path(__file__).parents[2] / "deploy"
NAME = "minutes.example.org"
#: Servers stand where only root's shell looks for them.
PLACES = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/usr/local/sbin"

NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
events {{ worker_connections 4096; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    scgi_temp_path {folder}/scgi;
    uwsgi_temp_path {folder}/uwsgi;
    include {folder}/site.conf;
}}
"""


def program(name: str) -> str:
    """Return where a program is. Skips the test if it is not here, fails it where everything has to be."""
    return need(name, shutil.which(name, path=PLACES))


class Answer(NamedTuple):
    """What came back for a request."""

    status: int
    headers: Any
    text: str


class Front:
    """A proxy that runs: `ask` it from any address of this machine's own (127.0.0.x)."""

    def __init__(self, folder: Path, plain_port: int, tls_port: int) -> None:
        self.folder = folder
        self.plain_port = plain_port
        self.tls_port = tls_port
        self.origin = f"https://{NAME}:{tls_port}"
        self.trusting = ssl.create_default_context(cafile=str(folder / "certificate.pem"))

    def connect(self, source: str = "127.0.0.1") -> HTTPSConnection:
        """Open a connection over TLS to the name, from an address."""
        connection = HTTPSConnection(NAME, self.tls_port, timeout=15, context=self.trusting, source_address=(source, 0))
        connection._create_connection = lambda address, *rest: socket.create_connection(
            ("127.0.0.1", address[1]), *rest
        )
        return connection

    def ask(
        self, method: str, path: str, body: bytes | str | None = None, source: str = "127.0.0.1", **headers: str
    ) -> Answer:
        """Send a request and read the whole answer. `Content_Type="…"` is a header."""
        connection = self.connect(source)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read().decode(errors="replace"))
        finally:
            connection.close()

    def logged(self) -> str:
        """Return all that it wrote down."""
        return "".join(path.read_text() for path in self.folder.glob("*.log"))


@contextmanager
def front(kind: str, folder: Path, minutebook_port: int, changes: dict[str, str] | None = None) -> Iterator[Front]:
    """Run nginx or Caddy before the Minutebook at a port, with `changes` to its example."""
    command = program(kind)
    make_certificate(folder)
    running = Front(folder, free_port(), free_port())
    arguments = (_nginx if kind == "nginx" else _caddy)(running, minutebook_port, changes or {})
    home = {"PATH": PLACES, "HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with (folder / "said.log").open("wb") as said:
        process = subprocess.Popen(
            [command, *arguments],
            env=home, cwd=folder, stdin=subprocess.DEVNULL, stdout=said, stderr=said, preexec_fn=_die_with_parent,
        )  # fmt: skip
    try:
        _wait_for(running, process)
        yield running
    finally:
        process.terminate()
        process.wait(20)


def make_certificate(folder: Path) -> None:
    """Make a certificate of the name that signs itself."""
    subprocess.run(
        [
            program("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc",
            "-days", "2", "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}",
            "-keyout", folder / "key.pem", "-out", folder / "certificate.pem",
        ],
        check=True, capture_output=True,
    )  # fmt: skip


def example(name: str, changes: dict[str, str]) -> str:
    """Return an example with values replaced, each of which stands in it."""
    text = (EXAMPLES / name).read_text()
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


def caddy_version() -> tuple[int, ...]:
    """Return the version of the Caddy that is here."""
    said = subprocess.run([program("caddy"), "version"], check=True, capture_output=True, text=True).stdout
    return tuple(int(number) for number in re.findall(r"\d+", said)[:2])


def _nginx(running: Front, minutebook_port: int, more: dict[str, str]) -> list[str]:
    folder = running.folder
    changes = more | {
        "    listen [::]:80;\n": "",
        "    listen [::]:443 ssl http2;\n": "",
        "listen 80;": f"listen 127.0.0.1:{running.plain_port};",
        "listen 443 ssl": f"listen 127.0.0.1:{running.tls_port} ssl",
        "/etc/letsencrypt/live/minutes.example.org/fullchain.pem": f"{folder}/certificate.pem",
        "/etc/letsencrypt/live/minutes.example.org/privkey.pem": f"{folder}/key.pem",
        "/var/log/nginx/": f"{folder}/",
        "127.0.0.1:8000": f"127.0.0.1:{minutebook_port}",
    }
    (folder / "site.conf").write_text(example("nginx.conf", changes))
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder))
    return ["-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf")]


def _caddy(running: Front, minutebook_port: int, more: dict[str, str]) -> list[str]:
    folder = running.folder
    ports = (
        f"\tadmin off\n\tdefault_bind 127.0.0.1\n\thttp_port {running.plain_port}\n\thttps_port {running.tls_port}\n"
    )
    changes = more | {
        "\n{\n": f"\n{{\n{ports}",
        "\nminutes.example.org {\n": f"\nminutes.example.org {{\n\ttls {folder}/certificate.pem {folder}/key.pem\n",
        "127.0.0.1:8000": f"127.0.0.1:{minutebook_port}",
    }
    if caddy_version() < (2, 7):
        changes["request_buffers 4MB"] = "buffer_requests"
    (folder / "Caddyfile").write_text(example("Caddyfile", changes))
    return ["run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


def _wait_for(running: Front, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", running.tls_port), timeout=1):
            return
        time.sleep(0.02)
    raise RuntimeError(f"It did not start: {running.logged()}")
