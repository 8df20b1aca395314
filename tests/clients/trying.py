"""Installs a client, runs its program against a server of its own, and looks at what was kept."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import httpx2

from tests.clients.clients import NODE, PYTHON, Client
from tests.support.accounts import BEARER, TOKEN, seed_sqlite
from tests.support.provider import chunk, running, streams
from tests.support.server import running_server

if TYPE_CHECKING:
    from tests.support.provider import Handler

_PROGRAMS = Path(__file__).parent / "programs"
_INSTALL_SECONDS, _RUN_SECONDS = 600, 120
MODEL = "grout-7b"


class Row(NamedTuple):
    """What was seen of a client. `skipped` says why it was not tried."""

    client: Client
    version: str = "–"
    whole: bool = False
    streamed: bool = False
    one_chat: bool = False
    skipped: str = ""

    @property
    def has_failed(self) -> bool:
        return not self.skipped and not (self.whole and self.streamed and self.one_chat)

    def line(self) -> str:
        seen = (self.whole, self.streamed, self.one_chat)
        cells = [f"skipped: {self.skipped}", "–", "–"] if self.skipped else ["yes" if each else "no" for each in seen]
        return "| " + " | ".join((self.client.name, self.version, f"`{self.client.address}`", *cells)) + " |"


class CannotInstall(Exception):
    """A client cannot be installed here. The message says why in a few words."""


class Bench:
    """A scripted provider, a server, and a folder to install clients into."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self.url = ""

    def __enter__(self) -> Self:
        provider = self._stack.enter_context(running(_answer))
        data = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        settings = {"OPENAI_BASE_URL": provider.url, "OPENAI_MODELS": MODEL, "OPENAI_API_KEY": "sk-none"}
        # A title that a model wrote would hide the name by which a chat is found.
        settings["MINUTEBOOK_MODEL_TITLES"] = "no"
        _migrate(data)
        self.url = self._stack.enter_context(running_server(None, data, **settings))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def try_client(self, client: Client) -> Row:
        try:
            place, version = self._install(client)
        except CannotInstall as reason:
            return Row(client, skipped=str(reason))
        told = self._run(client, place)
        chats = self._chats(client.name)
        texts = [message["content"] for message in chats[0]] if len(chats) == 1 else []
        wanted = [f"{client.name}: one?", "You asked: one.", f"{client.name}: two?", "You asked: two."]
        whole, streamed = (told.get(name, "").strip() for name in ("whole", "streamed"))
        return Row(client, version, whole == wanted[1], streamed == wanted[3], texts == wanted)

    def _install(self, client: Client) -> tuple[Path, str]:
        """Return the folder with the client, and its version. Raises CannotInstall."""
        place = self._folder / re.sub(r"\W+", "-", client.name)
        place.mkdir(parents=True, exist_ok=True)
        if not client.packages:
            program = client.program.removesuffix(".sh")
            if not shutil.which(program):
                raise CannotInstall(f"{program} is not here")
            return place, _output([program, "--version"]).split()[1]
        if client.kind == NODE:
            return place, _install_node(place, client.packages)
        return place, _install_python(place, client.packages)

    def _run(self, client: Client, place: Path) -> dict[str, str]:
        """Run the client's program and return the texts that it printed."""
        source = _PROGRAMS / client.program
        program = Path(shutil.copy(source, place / source.name))
        runner = {PYTHON: [str(place / "bin" / "python")], NODE: ["node"]}.get(client.kind, ["bash"])
        environment = {
            "PATH": f"{place / 'bin'}:{os.environ['PATH']}",
            "HOME": str(place),
            "BASE_URL": f"{self.url}/v1",
            "TOKEN": TOKEN,
            "MODEL": MODEL,
            "NAME": client.name,
        }
        try:
            done = subprocess.run(
                [*runner, str(program)],
                env=environment,
                cwd=place,
                capture_output=True,
                text=True,
                timeout=_RUN_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return {}
        lines = [line for line in done.stdout.splitlines() if line.startswith('{"whole"')]
        if not lines:
            print(done.stdout[-2_000:], done.stderr[-2_000:], file=sys.stderr)
            return {}
        return dict(json.loads(lines[-1]))

    def _chats(self, name: str) -> list[list[dict[str, Any]]]:
        with httpx2.Client(base_url=f"{self.url}/api/v1", headers=BEARER) as http:
            found = http.get("/sessions", params={"limit": 100}).raise_for_status().json()["data"]
            # A title is the first line, perhaps shortened.
            ids = [each["id"] for each in found if each["title"].startswith(name[:20])]
            chats = [http.get(f"/sessions/{each}").raise_for_status().json()["messages"] for each in ids]
        return [chat for chat in chats if chat and chat[0]["content"].startswith(f"{name}: ")]


def _answer(handler: Handler) -> None:
    if handler.command == "GET":
        handler.send(json.dumps({"data": [{"id": MODEL}]}).encode())
        return
    question = handler.asked["messages"][-1]["content"]
    word = question.rpartition(": ")[2].rstrip("?\n")
    streams(chunk("You asked: "), chunk(f"{word}."), chunk(finish="stop"), b"data: [DONE]\n\n")(handler)


def _migrate(data: Path) -> None:
    from flask_migrate import upgrade

    from webapp import create_app
    from webapp.cli.database import init_migrations
    from webapp.config.settings import Settings

    path = data / "minutebook.db"
    app = create_app(Settings(data_dir=data, database_url=f"sqlite:///{path}"))
    init_migrations(app)
    with app.app_context():
        upgrade()
    seed_sqlite(path)


def _install_python(place: Path, packages: tuple[str, ...]) -> str:
    python = place / "bin" / "python"
    if not python.exists():
        _output([sys.executable, "-m", "venv", str(place)])
    _output([str(python), "-m", "pip", "install", "--quiet", "--no-compile", "--disable-pip-version-check", *packages])
    name = packages[0].partition("[")[0]
    return _output([str(python), "-c", f"from importlib.metadata import version; print(version({name!r}))"]).strip()


def _install_node(place: Path, packages: tuple[str, ...]) -> str:
    if not shutil.which("npm"):
        raise CannotInstall("npm is not here")
    (place / "package.json").write_text('{"type": "module"}')
    _output(["npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", str(place), *packages])
    package = place / "node_modules" / packages[0] / "package.json"
    return str(json.loads(package.read_text())["version"])


def _output(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_INSTALL_SECONDS, check=True)
    except (subprocess.SubprocessError, OSError) as error:
        print(error, getattr(error, "stderr", ""), file=sys.stderr)
        raise CannotInstall("it cannot be installed here") from None
    return done.stdout
