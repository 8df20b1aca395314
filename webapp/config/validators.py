"""What the values of settings must be: each check returns the value in the form that is used, or says what is wrong."""

from __future__ import annotations

import ipaddress
import re
from importlib.util import find_spec
from zoneinfo import ZoneInfo

SHORTEST_SECRET = 32

_HOST_NAME = re.compile(r"\.?(?!-)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*")

_URL_PREFIX = re.compile(r"(/[A-Za-z0-9_~-]+)*")
_LONGEST_PREFIX = 200

_DRIVERS = {
    "sqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}


def is_loopback(host: str) -> bool:
    """Say whether only this machine goes by that name or number."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def listening_address(host: str) -> str:
    """Return an address to listen on. Raises ValueError."""
    try:
        return host if host == "localhost" else str(ipaddress.ip_address(host))
    except ValueError:
        raise ValueError(f"{host!r} is no address to listen on. Use a number such as 127.0.0.1 or 0.0.0.0.") from None


def host_name(name: str) -> str:
    """Return the name of a host, in lower case. Raises ValueError."""
    if not _HOST_NAME.fullmatch(name.lower()):
        raise ValueError(f"{name!r} is no name of a host, such as minutes.example.org (without port or https://).")
    return name.lower()


def url_prefix(path: str) -> str:
    """Return the path that Minutebook runs below, nothing for the root of its host. Raises ValueError."""
    if len(path) > _LONGEST_PREFIX or not _URL_PREFIX.fullmatch(path):
        raise ValueError(
            f"{path!r} is not a path such as /minutes: it begins with a slash, ends without one, and consists of "
            "letters, digits, hyphens, underscores and slashes."
        )
    return path


def secret(text: str) -> str:
    """Return a secret that is long enough. Raises ValueError."""
    if len(text) < SHORTEST_SECRET:
        raise ValueError(f"it is shorter than {SHORTEST_SECRET} characters. Make one: openssl rand -base64 32")
    return text


def metrics_token(text: str) -> str:
    """Return the operator's token, where there is what counts. Raises ValueError."""
    if find_spec("prometheus_client") is None:
        raise ValueError("metrics need their library. Install it: pip install 'minutebook[metrics]'")
    return secret(text)


def limits_url(url: str) -> str:
    """Return where limits are counted, if it can be spoken to. Raises ValueError."""
    scheme = url.partition(":")[0]
    if scheme not in {"memory", "redis", "rediss", "redis+unix"}:
        raise ValueError(f"{scheme!r} is not known here. Use memory:// or redis://host:6379/0")
    if scheme != "memory" and find_spec("redis") is None:
        raise ValueError("Redis needs its driver. Install it: pip install 'minutebook[redis]'")
    return url


def database_url(url: str) -> str:
    """Return the database's address with its driver. Raises ValueError."""
    scheme, colon, rest = url.partition(":")
    driver = _DRIVERS.get(scheme)
    if not colon or driver is None:
        raise ValueError(f"{scheme!r} is not a database known here. Use sqlite:////path/file.db or postgresql://…")
    if driver != "sqlite" and find_spec("psycopg") is None:
        raise ValueError("PostgreSQL needs its driver. Install it: pip install 'minutebook[postgres]'")
    if driver == "sqlite" and "?" in rest:
        raise ValueError("the address of an SQLite file takes no options. Leave out the ? and what follows.")
    if driver == "sqlite" and (rest in {"//", "///"} or ":memory:" in rest):
        raise ValueError("an SQLite database must be a file: what is only in memory would be lost.")
    return f"{driver}:{rest}"


def http_url(url: str) -> str:
    """Return an address of the web, or nothing. Raises ValueError."""
    if url and not url.startswith(("http://", "https://")):
        raise ValueError(f"{url!r} is not an http:// or https:// address.")
    return url


def proxy_url(url: str) -> str:
    """Return the address of a proxy. It may hold a password, so it is not quoted. Raises ValueError."""
    if not url.startswith(("http://", "https://")):
        raise ValueError("it is no address of a proxy such as http://proxy.example.org:3128.")
    return url


def timezone(name: str) -> str:
    """Return the name of an IANA zone. Raises ValueError."""
    try:
        return ZoneInfo(name).key
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{name!r} is not a time zone such as Europe/Berlin.") from None
