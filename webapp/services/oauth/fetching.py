"""Reading a document of the web for a stranger, who must not learn or reach anything of this server's network.

The name is resolved once, each address it has must be public, and the connection goes to such an address: a second
answer of the name server changes nothing (DNS rebinding). Redirects are not followed, proxies are not used, and time
and size are bounded.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_BYTES = 10_000
SECONDS = 5.0
_PORT = 443
_EMBEDDED_NETWORKS = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")))


class Unreachable(Exception):
    """The document cannot be had. The text says why, and nothing of what was found on the way."""


def resolve(host: str) -> list[str]:
    """Return the addresses of a host name. Raises OSError."""
    found = socket.getaddrinfo(host, _PORT, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[4][0]) for address in found))


def is_public(address: str) -> bool:
    """Return whether an address is one of the public internet's. Addresses that hold an IPv4 address are not."""
    try:
        number = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(number, ipaddress.IPv6Address) and (
        number.ipv4_mapped is not None
        or number.is_site_local
        or any(number in network for network in _EMBEDDED_NETWORKS)
    ):
        return False
    return number.is_global and not number.is_multicast and not number.is_reserved


@dataclass(frozen=True)
class Network:
    """The way out: how names are resolved, which addresses are allowed, and which certificates are trusted."""

    resolve: Callable[[str], list[str]] = resolve
    is_allowed: Callable[[str], bool] = is_public
    context: Callable[[], ssl.SSLContext] = ssl.create_default_context
    port: int = _PORT
    seconds: float = SECONDS
    headers: dict[str, str] = field(default_factory=lambda: {"Accept": "application/json", "User-Agent": "Minutebook"})


class _Pinned(http.client.HTTPSConnection):
    """A connection to one address, which must have the certificate of the host. It ends at a deadline."""

    def __init__(self, host: str, address: str, network: Network, deadline: float) -> None:
        self._tls = network.context()
        self._address = address
        self._deadline = deadline
        self._timer: threading.Timer | None = None
        super().__init__(host, network.port, timeout=network.seconds, context=self._tls)

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self.port), _left(self._deadline))
        sock = self._tls.wrap_socket(plain, server_hostname=self.host, do_handshake_on_connect=False)
        self.sock = sock
        # A timeout of the socket begins again with each byte. This one does not, whatever is being read.
        self._timer = threading.Timer(_left(self._deadline), _shut, (sock,))
        self._timer.daemon = True
        self._timer.start()
        sock.do_handshake()

    def end(self) -> None:
        """Close it for good. `close` is called by the base class, too, while the response is still read."""
        self.close()
        if self._timer is not None:
            self._timer.cancel()


def fetch(host: str, target: str, network: Network) -> bytes:
    """Return the body of `https://host/target`, a document of JSON. Raises Unreachable."""
    deadline = time.monotonic() + network.seconds
    try:
        addresses = network.resolve(host)
    except (OSError, UnicodeError):
        raise Unreachable("its host is not known") from None
    if not addresses or not all(map(network.is_allowed, addresses)):
        raise Unreachable("its host is not a public one")
    connection = _Pinned(host, addresses[0], network, deadline)
    try:
        body = _ask(connection, target, network)
    except Unreachable:
        # What was cut looks wrong.
        _left(deadline)
        raise
    except (OSError, http.client.HTTPException):
        _left(deadline)
        raise Unreachable("its server does not answer as it should") from None
    finally:
        connection.end()
    _left(deadline)
    return body


def _ask(connection: _Pinned, target: str, network: Network) -> bytes:
    connection.request("GET", target, headers=network.headers)
    response = connection.getresponse()
    try:
        if response.status != HTTPStatus.OK:
            raise Unreachable(f"its server answers with {response.status}")
        if response.headers.get_content_type() not in {"application/json", "application/cimd+json"}:
            raise Unreachable("it is not JSON")
        body = response.read(MAX_BYTES + 1)
        if len(body) > MAX_BYTES:
            raise Unreachable(f"it has more than {MAX_BYTES} bytes")
        return body
    finally:
        response.close()


def _shut(sock: socket.socket) -> None:
    """End a connection that another thread reads from: it reads the end. TLS says no goodbye."""
    with suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _left(deadline: float) -> float:
    """Return the seconds that are left. Raises Unreachable."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise Unreachable("its server is too slow")
    return left
