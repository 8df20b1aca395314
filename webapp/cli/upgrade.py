"""`python -m webapp.cli.upgrade`: run the pending migrations."""

from __future__ import annotations

from flask_migrate import upgrade

from webapp import create_app
from webapp.cli.completion import complete_upgrade
from webapp.cli.database import init_migrations
from webapp.cli.failures import sentence_of
from webapp.config.settings import Settings
from webapp.state import current


def main() -> None:
    """Upgrade the database that the environment's settings name to the newest revision."""
    try:
        app = create_app(commands=False)
        init_migrations(app)
        with app.app_context():
            upgrade()
            complete_upgrade(current(Settings))
    except Exception as error:
        sentence = sentence_of(error)
        if sentence is None:
            raise
        raise SystemExit(sentence) from None


if __name__ == "__main__":
    main()
