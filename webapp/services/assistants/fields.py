"""Validation of what an administrator enters for a connection."""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from webapp.errors import FieldProblem, Invalid
from webapp.services.assistants.values import Fields
from webapp.services.content import check_characters

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NAME_LIMIT = 80
ADDRESS_LIMIT = 500
KEY_LIMIT = 4_000
MOST_HEADERS = 20

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_HEADER_VALUE = re.compile(r"[\x20-\x7e]{0,2000}")
_KEY = re.compile(r"[\x21-\x7e]+")
#: Headers that the HTTP client sets itself.
_RESERVED = frozenset(
    "connection content-length content-type host keep-alive te trailer transfer-encoding upgrade".split()
)
_ENDPOINTS = tuple(f"/{end}" for end in ("completions", "models", "responses", "embeddings"))
#: A host name (RFC 1035, section 2.3.4), also with underscores, which the names of containers have.
_HOST = re.compile(r"(?=.{1,253}\.?$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?")


def check_fields(fields: Fields) -> Fields:
    """Return the fields in the form in which they are stored. Raises Invalid with a problem for each field."""
    problems: list[FieldProblem] = []
    checked: dict[str, Any] = {}
    for name, check in _CHECKS.items():
        try:
            checked[name] = check(getattr(fields, name))
        except Invalid as error:
            problems += error.problems
    if problems:
        raise Invalid(problems[0].detail, problems=tuple(problems))
    return Fields(**checked)


def check_name(text: str) -> str:
    """Return the name with its whitespace collapsed. Raises Invalid."""
    check_characters(text, "#/name")
    name = " ".join(text.split())
    if not name:
        raise Invalid.field("#/name", "empty", "The name is empty. Choose one, such as Ollama.")
    if len(name) > NAME_LIMIT or not name.isprintable():
        raise Invalid.field("#/name", "length", f"The name must have 1 to {NAME_LIMIT} visible characters.")
    return name


def check_address(text: str) -> str:
    """Return the address without a trailing slash. Raises Invalid."""
    address = text.strip()
    problem = _problem_of(address)
    if problem:
        raise Invalid.field("#/address", "address", problem)
    return address.rstrip("/")


def origin_of(address: str) -> tuple[str, str | None, int | None]:
    """Return scheme, host and port of a checked address: a stored key is sent to no other."""
    url = urlsplit(address)
    return url.scheme, url.hostname, url.port or {"http": 80, "https": 443}.get(url.scheme)


def check_key(text: str | None) -> str | None:
    """Return the key without surrounding whitespace. Raises Invalid, whose sentence does not quote it."""
    if text is None:
        return None
    key = text.strip()
    if not key:
        return ""
    if len(key) > KEY_LIMIT:
        raise Invalid.field("#/key", "length", f"The key is longer than {KEY_LIMIT:,} characters. Copy it again.")
    if not _KEY.fullmatch(key):
        raise Invalid.field(
            "#/key",
            "characters",
            "The key has a line break, a space, or a character that is not ASCII. Copy the key alone.",
        )
    return key


def read_headers(text: str) -> dict[str, str]:
    """Return the headers of a text with one `Name: value` a line. Raises Invalid."""
    headers: dict[str, str] = {}
    for line in filter(str.strip, text.splitlines()):
        name, colon, value = line.partition(":")
        if not colon:
            raise Invalid.field("#/headers", "format", "Write each header on a line of its own, as “Name: value”.")
        if name.strip().lower() in {known.lower() for known in headers}:
            raise Invalid.field("#/headers", "repeated", "A header is given twice. Leave one of them out.")
        headers[name.strip()] = value.strip()
    return headers


def check_headers(headers: Mapping[str, str] | None) -> Mapping[str, str] | None:
    """Return the headers. Raises Invalid, whose sentence quotes no value."""
    if headers is None:
        return None
    if len(headers) > MOST_HEADERS:
        raise Invalid.field("#/headers", "count", f"There are more than {MOST_HEADERS} headers. Leave some out.")
    if len({name.lower() for name in headers}) < len(headers):
        raise Invalid.field("#/headers", "repeated", "A header is given twice. Leave one of them out.")
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name):
            raise Invalid.field("#/headers", "name", "The name of a header has only letters, digits and hyphens.")
        if name.lower() in _RESERVED:
            raise Invalid.field("#/headers", "reserved", f"The header {name} is set by Minutebook. Leave it out.")
        if not _HEADER_VALUE.fullmatch(value):
            raise Invalid.field(
                "#/headers",
                "characters",
                f"The value of {name} has a line break or a character that is not ASCII, or is too long.",
            )
    return dict(headers)


def _problem_of(address: str) -> str | None:
    """Return what is wrong with an address, None if nothing is."""
    if not address:
        return "The address is empty. Enter one such as http://localhost:11434/v1."
    if len(address) > ADDRESS_LIMIT:
        return f"The address is longer than {ADDRESS_LIMIT} characters."
    if not address.isprintable() or " " in address or not address.isascii():
        return "The address has a space, a line break, or a character that is not ASCII. Remove it."
    if not address.lower().startswith(("http://", "https://")):
        return "The address must begin with http:// or https://."
    return _problem_of_parts(address)


def _problem_of_parts(address: str) -> str | None:
    try:
        url = urlsplit(address)
        is_usable = url.port != 0 and _is_host(url.hostname or "")
    except ValueError:
        is_usable = False
    if "@" in address.partition("://")[2].partition("/")[0]:
        return "The address has a user name or a password. Leave it out, and enter the key in its own field."
    if not is_usable:
        return "The address has no usable host name. Enter one such as http://localhost:11434/v1."
    if "?" in address or "#" in address:
        return "The address has a “?” or a “#”. Leave out everything from there on."
    if address.rstrip("/").endswith(_ENDPOINTS):
        return "Leave out the end of the address: it is followed by /models and /chat/completions by itself."
    return None


def _is_host(name: str) -> bool:
    """Say whether this is a host name, or an IPv6 address without its brackets."""
    if _HOST.fullmatch(name):
        return True
    try:
        return bool(IPv6Address(name)) and "%" not in name
    except ValueError:
        return False


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "name": check_name,
    "address": check_address,
    "key": check_key,
    "headers": check_headers,
}
