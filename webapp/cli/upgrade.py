"""`python -m webapp.cli.upgrade [REVISION]`: run the pending migrations."""

from __future__ import annotations

import sys

from flask_migrate import upgrade

from webapp import create_app
from webapp.cli.backups import back_up_before_upgrade
from webapp.cli.completion import complete_upgrade
from webapp.cli.database import init_migrations
from webapp.cli.failures import sentence_of
from webapp.config.settings import Settings
from webapp.state import current


def main() -> None:
    """Upgrade the database that the environment's settings name to a revision, by default the newest."""
    revision = sys.argv[1] if len(sys.argv) > 1 else "head"
    try:
        app = create_app(commands=False)
        init_migrations(app)
        with app.app_context():
            back_up_before_upgrade(app, current(Settings))
            upgrade(revision=revision)
            complete_upgrade(current(Settings))
    except Exception as error:
        sentence = sentence_of(error)
        if sentence is None:
            raise
        raise SystemExit(sentence) from None


if __name__ == "__main__":
    main()
