"""The part of an upgrade that is too long for one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from webapp.cli.database_checks import stored_revision
from webapp.database.revision import head_revision
from webapp.database.transaction import leave_transaction
from webapp.services.transcripts.renumbering import is_renumbered, renumber

if TYPE_CHECKING:
    from webapp.config.settings import Settings

_PARTS = {"numbers": "Numbering the messages by time", "index": "Building the full-text index"}


def complete_upgrade(settings: Settings) -> None:
    """Do the work that the newest revision began, with its progress on standard error. It continues where it ended."""
    if stored_revision(settings) != head_revision():
        # `db upgrade` went to an older revision.
        return
    if not is_renumbered():
        renumber(_report)
    leave_transaction()


def _report(part: str, done: int, total: int) -> None:
    percent = 100 * done // total if total else 100
    click.echo(f"{_PARTS[part]}: {done:,} of {total:,} ({percent} %)", err=True)
