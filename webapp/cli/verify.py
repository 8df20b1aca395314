from __future__ import annotations

import click
from flask.cli import with_appcontext

from webapp.cli.schema import check_up_to_date
from webapp.config.settings import Settings
from webapp.services.verification import Counts, Verification
from webapp.state import current


@click.command()
@click.option("--quick", is_flag=True, help="Do not read what messages say: much faster, and finds less.")
@with_appcontext
def verify(quick: bool) -> None:
    """Check that nothing is lost, changed or out of place.

    Prints a line for each finding (what, where, what it means) and a line of counts; ends with status 1 if anything
    is wrong. Nothing is changed, and the server may go on running; on SQLite what it writes waits for the last part,
    the comparison of the full-text index, which --quick leaves out.
    """
    check_up_to_date(current(Settings))
    verification = Verification(quick=quick)
    found = 0
    for finding in verification.findings():
        found += 1
        click.echo(f"{finding.what}: {finding.where}: {finding.meaning}")
    click.echo(f"{_told(verification.counts)}: {f'{found} findings' if found else 'nothing is wrong'}.")
    if found:
        raise SystemExit(1)


def _told(counts: Counts) -> str:
    return (
        f"Checked {counts.chats} chats with {counts.places} places, {counts.messages} messages, "
        f"{counts.live_turns} turns in the making"
    )
