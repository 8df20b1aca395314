"""`python -m webapp.server`: supervise workers that serve, as the environment's settings say."""

from __future__ import annotations

import logging
import sys

from webapp.config import Settings
from webapp.logs import Stderr, make_formatter
from webapp.server.supervisor import Supervisor


def main() -> int:
    """Serve until told to end."""
    settings = Settings.from_environ()
    logging.getLogger().addHandler(Stderr(make_formatter(settings), logging.WARNING))
    return Supervisor(settings).run()


if __name__ == "__main__":
    sys.exit(main())
