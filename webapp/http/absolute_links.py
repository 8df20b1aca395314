"""Whole addresses, for programs and commands far from this server."""

from __future__ import annotations

from flask import request

from webapp.config.settings import Settings
from webapp.http.url_prefix import prefixed
from webapp.state import current
from webapp.urls import MCP


def absolute(path: str) -> str:
    """Return the address of a path of the app's own, at the public address, else at the host of the request."""
    public = current(Settings).public_url
    return public + path if public else f"{request.scheme}://{request.host}{prefixed(path)}"


def mcp_address() -> str:
    """Return the address of the Model Context Protocol."""
    return absolute(MCP)
