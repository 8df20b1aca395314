"""`python -m webapp.server HOST PORT WORKERS GRACE`: supervise worker processes.

The workers read the settings. The supervisor gets its few values as arguments, so that it needs no settings.
"""

from __future__ import annotations

import sys

from webapp.server.supervisor import Supervisor


def main() -> int:
    host, port, workers, grace = sys.argv[1:]
    return Supervisor(host, int(port), int(workers), float(grace), _log).run()


def _log(line: str) -> None:
    """Log an error in the configured format. The imports are lazy, because the supervisor rarely needs them."""
    import logging

    from webapp.config.settings import Settings
    from webapp.observability.logs import Stderr, make_formatter

    record = logging.LogRecord("webapp.server", logging.ERROR, __file__, 0, line, None, None)
    Stderr(make_formatter(Settings.from_environ()), logging.ERROR).emit(record)


if __name__ == "__main__":
    sys.exit(main())
