"""What it takes to have it running: start, memory, what is installed, and what a browser loads first."""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
import time
from importlib.metadata import Distribution, distributions
from importlib.util import cache_from_source
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.bench.http import GZIP, Client
from tests.bench.operations import Operations
from tests.bench.processes import family

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.bench.dataset import Dataset
    from tests.bench.servers import Server

_REQUIREMENTS = Path(__file__).resolve().parents[2] / "requirements" / "run.txt"
_INSTALLERS = {"pip", "setuptools", "wheel"}
#: Flask and gunicorn with all they require.
_FLOOR = {"blinker", "click", "flask", "gunicorn", "itsdangerous", "jinja2", "markupsafe", "packaging", "werkzeug"}


class Memory(NamedTuple):
    """Megabytes of a server's processes: resident, and with what they share counted once."""

    rss: float
    pss: float


class Installed(NamedTuple):
    """How many packages, and their megabytes on disk."""

    packages: int
    source: float
    with_bytecode: float


def idle_memory(server: Server, dataset: Dataset) -> Memory | None:
    """Return what a server holds after some requests of each kind; None where there is no /proc."""
    if not Path("/proc/self/smaps_rollup").exists():
        return None
    with Client(server.port) as client:
        operations = Operations(client, dataset)
        for call in (*operations.api().values(), *operations.pages().values()):
            for _ in range(10):
                call()
    time.sleep(1)
    sizes = [_memory(pid) for pid in family(server.pid)]
    return Memory(sum(size.rss for size in sizes), sum(size.pss for size in sizes))


def resident(pid: int) -> float:
    """Return the resident megabytes of a process and all that it started."""
    return sum(_memory(one).rss for one in family(pid))


def install(folder: Path) -> tuple[Installed, Installed] | None:
    """Install what the app requires into an empty environment; return the floor's part of it and the whole.

    None where it cannot be installed, as without a network: the other figures stand.
    """
    pip = (str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    for command in (
        (sys.executable, "-m", "venv", str(folder)),
        (*pip, "--require-hashes", "--requirement", str(_REQUIREMENTS)),
    ):
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            print(done.stderr, file=sys.stderr)
            return None
    (packages,) = folder.glob("lib/python*/site-packages")
    found = {d.name.lower(): d for d in distributions(path=[str(packages)])}
    ours = [found[name] for name in found.keys() - _INSTALLERS]
    return _installed(found[name] for name in found.keys() & _FLOOR), _installed(ours)


def first_page_bytes(server: Server) -> tuple[int, int]:
    """Return the bytes of the first page with its style and script: as sent compressed, and as they are."""
    with Client(server.port) as client:
        page = client.get("/sessions", GZIP).body
        addresses = re.findall(r'(?:src|href)="(/assets/[^"]+)"', gzip.decompress(page).decode())
        sent = [page, *(client.get(address, GZIP).body for address in addresses)]
    return sum(map(len, sent)), sum(len(gzip.decompress(body)) for body in sent)


def _memory(pid: int) -> Memory:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    rss, pss = (re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE) for name in ("Rss", "Pss"))
    assert rss
    assert pss
    return Memory(int(rss[1]) / 1_024, int(pss[1]) / 1_024)


def _installed(packages: Iterable[Distribution]) -> Installed:
    count, source, bytecode = 0, 0, 0
    for package in packages:
        count += 1
        files = [Path(str(file.locate())) for file in package.files or () if file.suffix != ".pyc"]
        source += sum(file.stat().st_size for file in files if file.exists())
        compiled = (Path(cache_from_source(str(file))) for file in files if file.suffix == ".py")
        bytecode += sum(file.stat().st_size for file in compiled if file.exists())
    return Installed(count, source / 1e6, (source + bytecode) / 1e6)
