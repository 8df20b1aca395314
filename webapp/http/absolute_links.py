"""Whole addresses, for programs and commands far from this server."""

from __future__ import annotations

from flask import request

from webapp.http.url_prefix import prefixed
from webapp.urls import MCP


def absolute(path: str) -> str:
    """Return the address of a path of the app's own, at the host of the request."""
    return f"{request.scheme}://{request.host}{prefixed(path)}"


def mcp_address() -> str:
    """Return the address of the Model Context Protocol."""
    return absolute(MCP)
