"""Running commands in this process, and what is said where one refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask


def run_command(app: Flask, *arguments: str, **options: Any) -> tuple[int, str]:
    """Run a command and return how it ended and what it said."""
    done = app.test_cli_runner().invoke(args=[*arguments], **options)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def refused(outcome: tuple[int, str], reason: str, code: int = 1) -> None:
    """Check that a command said in a sentence why it did nothing."""
    ended, said = outcome
    assert ended == code
    assert said.strip().splitlines()[-1].startswith("Error: ")
    assert reason in said
    assert "Traceback" not in said
