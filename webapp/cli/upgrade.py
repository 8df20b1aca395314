"""`python -m webapp.cli.upgrade`: run the pending migrations and end."""

from __future__ import annotations

from flask_migrate import upgrade

from webapp import create_app


def main() -> None:
    """Upgrade the database of the environment's settings to the newest revision."""
    with create_app().app_context():
        upgrade()


if __name__ == "__main__":
    main()
