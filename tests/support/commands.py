"""Running commands in this process, and what is said where one refuses."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from click.testing import CliRunner
from flask.cli import ScriptInfo

from tests.support.compiled import share_statements
from tests.support.server import environment
from webapp import create_app
from webapp.cli import minutebook as command_line
from webapp.database.engine import db

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask


class Done(NamedTuple):
    """A command that has ended."""

    returncode: int
    stdout: str
    stderr: str
    #: The program that this process would be now: that of `minutebook serve`.
    became: tuple[str, ...] = ()


def minutebook(data_dir: Path, *arguments: str, url: str | None = None, said: str = "", **env: str) -> Done:
    """Run `minutebook` as a shell would that knows nothing of the environment around it, but in this process.

    Only settings that cannot be used are said by the program and not by its commands, so they need a process.
    """
    apps, became = [], []

    def create() -> Flask:
        apps.append(create_app())
        share_statements(apps[-1])
        return apps[-1]

    given = dict.fromkeys(os.environ) | environment(url, data_dir, FLASK_RUN_FROM_CLI="true", **env)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "execv", lambda _, arguments: became.extend(arguments))
        done = CliRunner().invoke(command_line, arguments, said, given, obj=ScriptInfo(create_app=create))
    for app in apps:
        with app.app_context():
            db.engine.dispose()
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return Done(done.exit_code, done.stdout, done.stderr, tuple(became))


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
