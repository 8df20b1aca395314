"""The revision of the protocol that a request is in, and what its headers must say.

Revision 2026-07-28 repeats the version, the method and the name of the tool in headers, by which proxies may route.
They must agree with the body. Some clients of older revisions send these headers too, so the body decides.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING

from flask import request
from mcp_types import CLIENT_CAPABILITIES_META_KEY, PROTOCOL_VERSION_META_KEY

from webapp.mcp.errors import HEADER_MISMATCH, INVALID_PARAMS, UNSUPPORTED_VERSION, ProtocolError

if TYPE_CHECKING:
    from webapp.mcp.messages import Message

LATEST = "2026-07-28"
#: Those that begin with `initialize`, newest first.
WITH_HANDSHAKE = ("2025-11-25", "2025-06-18", "2025-03-26")
SUPPORTED = (LATEST, *WITH_HANDSHAKE)
#: What a request of the older revisions has without a header (2025-06-18, "Protocol Version Header").
_ASSUMED = "2025-03-26"

_VERSION, _METHOD, _NAME = "MCP-Protocol-Version", "Mcp-Method", "Mcp-Name"
#: The parameter that `Mcp-Name` repeats.
_NAMED_BY = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}
_ENCODED = re.compile(r"=\?base64\?(.*)\?=")


def version_of(message: Message) -> str:
    """Return the revision of a message. Raises ProtocolError if it is not supported or contradicts the headers."""
    header = _header(_VERSION)
    if PROTOCOL_VERSION_META_KEY in message.meta:
        return _stated_version(message, header)
    if message.method == "initialize":
        return negotiate(message.params.get("protocolVersion"))
    version = header or _ASSUMED
    if version == LATEST and message.id is not None:
        raise ProtocolError(INVALID_PARAMS, f"params._meta needs “{PROTOCOL_VERSION_META_KEY}” in this version.")
    return _supported(version)


def negotiate(requested: object) -> str:
    """Return the version that `initialize` agrees on: the client's if it is supported, else the newest of its kind."""
    return str(requested) if requested in WITH_HANDSHAKE else WITH_HANDSHAKE[0]


def _stated_version(message: Message, header: str | None) -> str:
    version = message.meta[PROTOCOL_VERSION_META_KEY]
    if message.id is not None and CLIENT_CAPABILITIES_META_KEY not in message.meta:
        raise ProtocolError(INVALID_PARAMS, f"params._meta needs “{CLIENT_CAPABILITIES_META_KEY}”.")
    if header is None or header != version:
        raise _mismatch(_VERSION, f"params._meta[“{PROTOCOL_VERSION_META_KEY}”]")
    if message.id is not None:
        _check_routing(message)
    version = _supported(version)
    if version != LATEST:
        raise _unsupported(version)
    return version


def _check_routing(message: Message) -> None:
    if _header(_METHOD) != message.method:
        raise _mismatch(_METHOD, "method")
    parameter = _NAMED_BY.get(message.method)
    if parameter is not None and parameter in message.params:
        header = _header(_NAME)
        if header is None or _decoded(header) != message.params[parameter]:
            raise _mismatch(_NAME, f"params.{parameter}")


def _header(name: str) -> str | None:
    """Return a header without the whitespace around it (RFC 9110, section 5.5), which some servers leave there."""
    value = request.headers.get(name)
    return None if value is None else value.strip(" \t")


def _decoded(value: str) -> str | None:
    """Return a header's text, of which `=?base64?…?=` is the encoding; None for a faulty one."""
    encoded = _ENCODED.fullmatch(value)
    if encoded is None:
        return value
    try:
        raw = base64.b64decode(encoded[1], validate=True)
        # Of several encodings of one text, proxies might know only this one.
        return raw.decode() if base64.b64encode(raw).decode() == encoded[1] else None
    except (binascii.Error, ValueError):
        return None


def _mismatch(header: str, place: str) -> ProtocolError:
    return ProtocolError(HEADER_MISMATCH, f"The header {header} is missing or differs from {place}.")


def _supported(version: str) -> str:
    if version not in SUPPORTED:
        raise _unsupported(version)
    return version


def _unsupported(version: str) -> ProtocolError:
    data = {"supported": list(SUPPORTED), "requested": version[:100]}
    return ProtocolError(UNSUPPORTED_VERSION, "This protocol version is not supported.", data)
