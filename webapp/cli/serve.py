"""`minutebook serve`: the production server (gunicorn with threads), on a database that is up to date."""

from __future__ import annotations

import os
import socket
import sys

import click

from webapp.cli.schema import upgrade_if_needed
from webapp.config import ConfigError, Settings

_LEVELS = ("debug", "info", "warning", "error", "critical")


@click.command()
@click.option("--log-level", type=click.Choice(_LEVELS), default="warning", show_default=True)
def serve(log_level: str) -> None:
    """Bring the database up to date and serve; HOST, PORT and DATABASE_URL say where."""
    try:
        settings = Settings.from_environ()
    except ConfigError as error:
        raise click.ClickException(str(error)) from None
    _check_port(settings)
    upgrade_if_needed(settings)
    click.echo(f"Minutebook is at {_address(settings)} (Ctrl+C stops it)")
    # The server takes this process's place: one process less, and signals reach it directly.
    os.execv(sys.executable, [sys.executable, "-m", "gunicorn", *gunicorn_arguments(settings, log_level)])  # noqa: S606


def gunicorn_arguments(settings: Settings, log_level: str = "warning") -> list[str]:
    """Return gunicorn's command line for these settings."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return [
        "webapp:create_app(commands=False)",
        f"--bind={host}:{settings.port}",
        "--worker-class=webapp.worker.Worker",
        f"--workers={settings.workers}",
        f"--threads={settings.threads}",
        "--keep-alive=30",
        # Replies that are being written have their grace time; after these ten seconds more a worker is killed.
        f"--graceful-timeout={settings.grace + 10:.0f}",
        f"--timeout={settings.grace + 20:.0f}",
        # The longest query the API takes, written as %XX, fits.
        "--limit-request-line=8190",
        f"--log-level={log_level}",
        "--no-control-socket",
    ]


def _check_port(settings: Settings) -> None:
    """Say in a sentence what gunicorn would say in five."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise click.ClickException(
                f"Port {settings.port} of {settings.host} cannot be used ({error.strerror}). "
                "Choose another one: PORT=8001"
            ) from None


def _address(settings: Settings) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{settings.port}"
