"""`python -m webapp.server HOST PORT WORKERS GRACE`: supervise workers that serve.

The workers read the settings themselves. The few values that this process needs are given, so that it reads none.
"""

from __future__ import annotations

import sys

from webapp.server.supervisor import Supervisor


def main() -> int:
    """Serve until told to end, and return the exit status."""
    host, port, workers, grace = sys.argv[1:]
    return Supervisor(host, int(port), int(workers), float(grace), _log).run()


def _log(line: str) -> None:
    """Write an error in the form that the settings ask for. What that takes is imported when it is needed."""
    import logging

    from webapp.config.settings import Settings
    from webapp.observability.logs import Stderr, make_formatter

    record = logging.LogRecord("webapp.server", logging.ERROR, __file__, 0, line, None, None)
    Stderr(make_formatter(Settings.from_environ()), logging.ERROR).emit(record)


if __name__ == "__main__":
    sys.exit(main())
