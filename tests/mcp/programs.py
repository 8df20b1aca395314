"""The official client and the conformance suite, which `make mcp` installs."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.support.programs import need

_INSTALLED = Path(sys.prefix) / "mcp"
_SUITE = _INSTALLED / "suite" / "node_modules"


def client_python() -> Path:
    """Return the Python that has the official client."""
    python = _INSTALLED / "client" / "bin" / "python"
    is_whole = (_INSTALLED / ".client").is_file()
    return need("the MCP client (make mcp)", python if is_whole else None, required_by="MINUTEBOOK_REQUIRE_MCP")


def conformance_suite() -> list[str]:
    """Return the command of the conformance suite."""
    script = _SUITE / "@modelcontextprotocol" / "conformance" / "dist" / "index.js"
    node = next(iter(_SUITE.glob("node-linux-*/bin/node")), None)
    found = [str(node), str(script)] if node and (_INSTALLED / ".suite").is_file() else None
    return need(
        "the MCP conformance suite (make mcp, which needs npm)", found, required_by="MINUTEBOOK_REQUIRE_CONFORMANCE"
    )
