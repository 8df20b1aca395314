"""Many answers at once: nothing may be lost, and how old a token is when it is on the screen.

The server, the provider and the followers share the machine. The last two have one process each, with one thread that
does next to nothing for a token; what they take is told, for on few cores it is taken from the server.
"""

from __future__ import annotations

import re
import sqlite3
import subprocess
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from tests.bench.dataset import migrate
from tests.bench.followers import follow_turns
from tests.bench.http import Client
from tests.bench.processes import Watch
from tests.bench.servers import MINUTEBOOK, clean_environment, serve_app
from tests.bench.tokens import asked_of, provider
from webapp.config.settings import Settings

if TYPE_CHECKING:
    from tests.bench.followers import Followed

TURNS = 200
RATE, COUNT = 30, 300
_ROOM = {"MINUTEBOOK_LIVE_TURNS": "256", "MINUTEBOOK_LIVE_TURNS_EACH": "256", "MINUTEBOOK_FOLLOWERS_EACH": "5000"}
_TOKEN = re.compile(r"t(\d+) ")
_LONGEST_SECONDS = 60.0


class Load(NamedTuple):
    """What so many answers at once took: seconds, milliseconds of delay, shares of a core, megabytes."""

    kept: int
    taken_on: float
    ended_after: float
    #: Of the followers that began a turn, and of those that came later.
    delays: list[float]
    later_delays: list[float]
    cpu: float
    #: Of the provider, and of all followers.
    others: tuple[float, float]
    commits: float
    memory: tuple[float, float, float]


def measure_crowd(*, followers: int, workers: int = 1) -> Load:
    """Begin so many turns at once on an empty database. Anything but all kept, word for word, ends the benchmark."""
    with tempfile.TemporaryDirectory(prefix="minutebook-crowd-") as name:
        folder = Path(name)
        database = folder / "minutebook.db"
        settings = Settings(data_dir=folder, database_url=f"sqlite:///{database}")
        migrate(settings, database)
        variables = _ROOM | {"MINUTEBOOK_WORKERS": str(workers)}
        with provider(RATE, COUNT, TURNS) as there, serve_app(settings, **asked_of(there), **variables) as server:
            with Watch.over(server.pid, database) as watch, Watch.over(there.pid, database) as others:
                begun = time.monotonic_ns()
                followed, cpu_of_followers = follow_turns(server.port, TURNS, followers)
                ended = _wait_for_the_last(database)
                time.sleep(1)
            with Client(there.port) as client:
                said: dict[str, list[str]] = client.get("/said").json()
            kept = _count_kept(server.port, said)
        _verify(folder)
    sent = [int(token[1:]) for tokens in said.values() for token in tokens]
    cpu, commits = watch.between(min(sent), max(sent))
    return Load(
        kept=kept,
        taken_on=(min(sent) - begun) / 1e9,
        ended_after=(ended - max(sent)) / 1e9,
        delays=_delays(followed, said, first=True),
        later_delays=_delays(followed, said, first=False),
        cpu=cpu,
        others=(others.between(min(sent), max(sent))[0], cpu_of_followers * 1e9 / (ended - min(sent))),
        commits=commits,
        memory=(watch.uses[0].rss, max(use.rss for use in watch.uses), watch.uses[-1].rss),
    )


def _wait_for_the_last(database: Path) -> int:
    """Wait until no turn is live, and return the moment."""
    deadline = time.monotonic() + _LONGEST_SECONDS
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        while connection.execute("SELECT count(*) FROM live_turns").fetchone()[0]:
            if time.monotonic() > deadline:
                raise RuntimeError("Turns did not end.")
            time.sleep(0.05)
    return time.monotonic_ns()


def _count_kept(port: int, said: dict[str, list[str]]) -> int:
    """Count the turns that hold exactly what the provider said, as the API tells them."""
    kept, path = 0, "/api/v1/sessions"
    with Client(port) as client:
        while path:
            page = client.get(path).json()
            for session in page["data"]:
                messages = client.get(f"/api/v1/sessions/{session['id']}").json()["messages"]
                question, answer = (message["content"] for message in messages)
                kept += answer == "".join(said[question])
            path = page["next"] and f"/api/v1/sessions?cursor={quote(page['next'])}"
    if kept != TURNS or any(len(tokens) != COUNT for tokens in said.values()):
        raise RuntimeError(f"Only {kept} of {TURNS} answers were kept as they were sent.")
    return kept


def _verify(folder: Path) -> None:
    environ = clean_environment() | {"MINUTEBOOK_DATA": str(folder)}
    subprocess.run([MINUTEBOOK, "verify"], env=environ, check=True, stdout=subprocess.DEVNULL)


def _delays(followed: list[Followed], said: dict[str, list[str]], *, first: bool) -> list[float]:
    """Return how old each token was when it came. Whoever follows is told every one of them, and the end."""
    wanted = {"".join(tokens) for tokens in said.values()}
    found = []
    for one in followed:
        if one.is_first != first or not one.texts:
            continue
        if not one.is_done or "".join(text for _, text in one.texts) not in wanted:
            raise RuntimeError("A follower was not told the whole answer.")
        found += [(at - int(sent)) / 1e6 for at, text in one.texts for sent in _TOKEN.findall(text)]
    return found
