"""`minutebook serve`: upgrade the database and start the production server."""

from __future__ import annotations

import os
import shutil
import socket
import sys

import click

from webapp.cli.database_checks import has_account, upgrade_if_needed
from webapp.config.secret_key import setup_code
from webapp.config.settings import LOG_LEVELS, METRICS_FOLDER, ConfigError, Settings
from webapp.config.validators import is_loopback
from webapp.urls import SETUP


@click.command()
@click.option("--log-level", type=click.Choice(LOG_LEVELS), help="The log level; overrides MINUTEBOOK_LOG_LEVEL.")
def serve(log_level: str | None) -> None:
    """Upgrade the database and serve on HOST and PORT."""
    if log_level:
        os.environ["MINUTEBOOK_LOG_LEVEL"] = log_level
    try:
        settings = Settings.from_environ()
        _check_port(settings)
        code = setup_code(settings)
    except ConfigError as error:
        raise click.ClickException(str(error)) from None
    upgrade_if_needed(settings)
    click.echo(f"Minutebook is at {_address(settings)} (Ctrl+C stops it)")
    if not has_account(settings):
        click.echo(f"Create the first account at {_address(settings)}{settings.url_prefix}{SETUP}?code={code}")
    if not is_loopback(settings.host) and not settings.proxies:
        click.echo("Other machines connect without TLS, so passwords can be intercepted. SECURITY.md says what to do.")
    _prepare_metrics(settings)
    # The supervisor replaces this process: one process fewer, and signals reach it directly.
    needed = (settings.host, settings.port, settings.workers, settings.grace)
    os.execv(sys.executable, [sys.executable, "-m", "webapp.server", *map(str, needed)])  # noqa: S606


def _prepare_metrics(settings: Settings) -> None:
    """Give the workers an empty folder to add up their numbers in, where there are several and numbers are wanted."""
    os.environ.pop(METRICS_FOLDER, None)
    if settings.metrics_token and settings.workers > 1:
        folder = settings.data_dir / "metrics"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.environ[METRICS_FOLDER] = str(folder)


def _check_port(settings: Settings) -> None:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise click.ClickException(
                f"Port {settings.port} on {settings.host} is not available ({error.strerror}). "
                "Choose another port, for example PORT=8001"
            ) from None


def _address(settings: Settings) -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - printed only
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"
