from __future__ import annotations

import click
from flask.cli import with_appcontext

from webapp.cli.database_checks import check_up_to_date
from webapp.config.settings import Settings
from webapp.services.verification import Counts, Verification
from webapp.state import current


@click.command()
@click.option(
    "--quick", is_flag=True, help="Skip message contents and the full-text index: much faster, but finds less."
)
@with_appcontext
def verify(quick: bool) -> None:
    """Check the database for lost, changed or misplaced data.

    Prints one line for each finding (name, location, meaning) and a line of counts. The exit status is 1 if anything is
    wrong. Nothing is changed, and the server may keep running. On SQLite the last part, the comparison of the full-text
    index, blocks the server's writes; --quick skips it.
    """
    check_up_to_date(current(Settings))
    verification = Verification(quick=quick)
    findings = 0
    for finding in verification.findings():
        findings += 1
        click.echo(f"{finding.what}: {finding.where}: {finding.meaning}")
    click.echo(f"{_summary(verification.counts)}: {f'{findings} findings' if findings else 'nothing is wrong'}.")
    if findings:
        raise SystemExit(1)


def _summary(counts: Counts) -> str:
    return (
        f"Checked {counts.chats} chats with {counts.places} places, {counts.messages} messages, "
        f"{counts.live_turns} live turns{f', {counts.files} files' if counts.files else ''}"
    )
