"""Validators for settings. Each returns the normalized value or raises ValueError with a sentence."""

from __future__ import annotations

import ipaddress
import re
from importlib.util import find_spec
from zoneinfo import ZoneInfo

SHORTEST_SECRET = 32

_HOST_NAME = re.compile(r"\.?(?!-)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*")

#: An origin as browsers write it: no path, and no default port. Apps have schemes of their own (`app://obsidian.md`).
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?")
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}

_PUBLIC_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?P<port>:[0-9]{1,5})?(?P<path>(/.*)?)", re.IGNORECASE
)

_URL_PREFIX = re.compile(r"(/[A-Za-z0-9_~-]+)*")
_LONGEST_PREFIX = 200

_DRIVERS = {
    "sqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}


def is_loopback(host: str) -> bool:
    """Return whether a host name or IP address is reachable from this machine only."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def listening_address(host: str) -> str:
    """Return "localhost" or a normalized IP address. Raises ValueError."""
    try:
        return host if host == "localhost" else str(ipaddress.ip_address(host))
    except ValueError:
        raise ValueError(f"{host!r} is not an IP address. Use 127.0.0.1, or 0.0.0.0 for all interfaces.") from None


def host_name(name: str) -> str:
    """Return a host name in lower case. Raises ValueError."""
    if not _HOST_NAME.fullmatch(name.lower()):
        raise ValueError(f"{name!r} is not a host name. Use one such as minutes.example.org, without port.")
    return name.lower()


def cors_origin(text: str) -> str:
    """Return an origin as browsers send it, or `*` for any. Raises ValueError."""
    origin = text.lower()
    if origin == "*":
        return origin
    if not _ORIGIN.fullmatch(origin):
        raise ValueError(f"{text!r} is not an origin. Use one such as https://chat.example.org, without a path, or *.")
    return origin.removesuffix(_DEFAULT_PORTS.get(origin.partition(":")[0], " "))


def url_prefix(path: str) -> str:
    """Return the path that Minutebook runs below, nothing for the root of its host. Raises ValueError."""
    if len(path) > _LONGEST_PREFIX or not _URL_PREFIX.fullmatch(path):
        raise ValueError(
            f"{path!r} is not a path such as /minutes: it begins with a slash, ends without one, and consists of "
            "letters, digits, hyphens, underscores and slashes."
        )
    return path


def public_url(url: str) -> str:
    """Return the URL that others use for the app, in its normal form and without a slash at its end. Raises ValueError.

    Tokens travel to it, so it is https. Plain HTTP is allowed for this machine alone.
    """
    match = _PUBLIC_URL.fullmatch(url.rstrip("/"))
    if not match:
        raise ValueError(f"{url!r} is not a URL such as https://minutes.example.org, without a query.")
    scheme, host, port, path = match["scheme"].lower(), match["host"].lower(), match["port"] or "", match["path"]
    if scheme != "https" and not is_loopback(host.strip("[]")):
        raise ValueError(f"{url!r} is not an https:// URL. Plain http:// is for this machine alone.")
    return f"{scheme}://{host}{'' if port == _DEFAULT_PORTS[scheme] else port}{url_prefix(path)}"


def secret(text: str) -> str:
    """Return the secret if it is long enough. Raises ValueError."""
    if len(text) < SHORTEST_SECRET:
        raise ValueError(f"it is shorter than {SHORTEST_SECRET} characters. Generate one: openssl rand -base64 32")
    return text


def metrics_token(text: str) -> str:
    """Return the metrics token. Raises ValueError if it is too short or the Prometheus client is not installed."""
    if find_spec("prometheus_client") is None:
        raise ValueError("metrics need the Prometheus client. Install it: pip install 'minutebook[metrics]'")
    return secret(text)


def limits_url(url: str) -> str:
    """Return the URL of the rate limit storage. Raises ValueError for an unknown scheme or a missing driver."""
    scheme = url.partition(":")[0]
    if scheme not in {"memory", "redis", "rediss", "redis+unix"}:
        raise ValueError(f"{scheme!r} is not supported. Use memory:// or redis://host:6379/0")
    if scheme != "memory" and find_spec("redis") is None:
        raise ValueError("Redis needs its driver. Install it: pip install 'minutebook[redis]'")
    return url


def database_url(url: str) -> str:
    """Return the database URL with its SQLAlchemy driver. Raises ValueError."""
    scheme, colon, rest = url.partition(":")
    driver = _DRIVERS.get(scheme)
    if not colon or driver is None:
        raise ValueError(f"{scheme!r} is not a supported database. Use sqlite:////path/file.db or postgresql://…")
    if driver != "sqlite" and find_spec("psycopg") is None:
        raise ValueError("PostgreSQL needs its driver. Install it: pip install 'minutebook[postgres]'")
    if driver == "sqlite" and "?" in rest:
        raise ValueError("an SQLite URL takes no options. Remove the ? and everything after it.")
    if driver == "sqlite" and (rest in {"//", "///"} or ":memory:" in rest):
        raise ValueError("an SQLite database must be a file. An in-memory database is lost at exit.")
    return f"{driver}:{rest}"


def http_url(url: str) -> str:
    """Return an HTTP(S) URL without a trailing slash. Raises ValueError."""
    if url and not url.startswith(("http://", "https://")):
        raise ValueError(f"{url!r} is not an http:// or https:// URL.")
    return url


def proxy_url(url: str) -> str:
    """Return a proxy URL. Raises ValueError; its text does not quote the URL, which may hold a password."""
    if not url.startswith(("http://", "https://")):
        raise ValueError("it is not a proxy URL. Use one such as http://proxy.example.org:3128.")
    return url


def timezone(name: str) -> str:
    """Return an IANA time zone name. Raises ValueError."""
    try:
        return ZoneInfo(name).key
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{name!r} is not a time zone. Use a name such as Europe/Berlin.") from None


def period(text: str) -> str:
    """Return the seconds of a period such as 12h, 7d or 30m, in digits; "no" is none. Raises ValueError."""
    match = re.fullmatch(r"([1-9][0-9]{0,3})([mhdw])", text.lower())
    if text.lower() in {"no", "0"}:
        return "0"
    if not match:
        raise ValueError(f"{text!r} is not a period such as 30m, 24h or 7d.")
    return str(int(match[1]) * {"m": 60, "h": 3_600, "d": 86_400, "w": 604_800}[match[2]])
