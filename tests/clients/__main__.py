"""Try real clients and SDKs against the doors: `python -m tests.clients [NAME …] [--write docs/clients.md]`.

Each client is installed into a temporary folder by the package manager's own settings, asks a question and then streams
the answer to a second one. A client that cannot be installed here is skipped by name.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tests.clients.clients import CLIENTS
from tests.clients.trying import Bench, Row

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEAD = """# Clients that were tried

Each client asks a question, and then streams the answer to a second one. "One chat" says that Minutebook kept both
turns in one chat, word for word. `python -m tests.clients --write docs/clients.md` tries them again with the versions
of the day; a client that cannot be installed is skipped by name.
"""


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.clients", description=__doc__)
    parser.add_argument("names", nargs="*", help="parts of the names of the clients to try; all if there are none")
    parser.add_argument("--write", type=Path, help="the file to write the table to")
    parser.add_argument("--folder", type=Path, help="a folder to install into, which is kept")
    options = parser.parse_args(arguments)
    chosen = [each for each in CLIENTS if not options.names or any(name in each.name for name in options.names)]
    with tempfile.TemporaryDirectory() as temporary, Bench(options.folder or Path(temporary)) as bench:
        rows = []
        for client in chosen:
            rows.append(bench.try_client(client))
            print(rows[-1].line(), flush=True)
    if options.write:
        options.write.write_text(_table(rows))
    return 1 if any(row.has_failed for row in rows) else 0


def _table(rows: Sequence[Row]) -> str:
    lines = [
        _HEAD,
        f"Tried on {datetime.now(UTC):%Y-%m-%d}.\n",
        "| client | version | address | whole | streamed | one chat |",
        "|---|---|---|---|---|---|",
        *(row.line() for row in rows),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
