"""The wheel is whole: it serves from an empty virtual environment, far from any checkout."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener, urlopen

import pytest

import webapp
from tests.support import server
from tests.support.accounts import PASSWORD

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return next(out.glob("*.whl"))


def test_it_carries_templates_static_files_and_migrations(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("templates", "static", "migrations"):
        ours = {p.relative_to(ROOT) for p in (ROOT / folder).rglob("*") if p.is_file() and "__pycache__" not in p.parts}
        assert {f"webapp/_assets/{path}" for path in ours} <= names
    assert not any(name.startswith(("tests", "docs")) for name in names)


def pins() -> set[tuple[str, str]]:
    lines = (ROOT / "requirements" / "run.txt").read_text().splitlines()
    found = (re.match(r"([\w.-]+)==([\w.]+)", line) for line in lines)
    return {(match[1], match[2]) for match in found if match}


def test_its_bill_of_materials_names_every_pinned_package(wheel: Path) -> None:
    """CycloneDX 1.6, in the place of PEP 770 and beside the wheel."""
    (beside,) = wheel.parent.glob("*.cdx.json")
    with zipfile.ZipFile(wheel) as archive:
        (inside,) = [name for name in archive.namelist() if ".dist-info/sboms/" in name]
        assert archive.read(inside) == beside.read_bytes()
        assert beside.name == inside.rpartition("/")[2]
        assert f"{inside},sha256=" in archive.read(inside.partition("/")[0] + "/RECORD").decode()
    bill = json.loads(beside.read_text())
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert (bill["metadata"]["component"]["name"], bill["metadata"]["component"]["version"]) == (
        "minutebook",
        webapp.__version__,
    )
    assert pins()
    assert {(part["name"], part["version"]) for part in bill["components"]} == pins()
    for part in bill["components"]:
        assert part["purl"].startswith(f"pkg:pypi/{part['name']}@{part['version']}")
        assert any(reference.get("hashes") for reference in part["externalReferences"])


def new_environment(venv: Path) -> list[str]:
    """Make an empty virtual environment, and return the command that installs into it without compiling everything.

    Installing pip into it as well takes seconds, so the pip beside the tests is used if there is one.
    """
    here = find_spec("pip") is not None
    subprocess.run([sys.executable, "-m", "venv", *(["--without-pip"] if here else []), str(venv)], check=True)
    python = str(venv / "bin" / "python")
    pip = [sys.executable, "-m", "pip", "--python", python] if here else [python, "-m", "pip"]
    return [*pip, "install", "--quiet", "--disable-pip-version-check", "--no-compile"]


def test_it_serves_from_an_empty_environment(wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    venv, data = tmp_path / "venv", tmp_path / "data"
    data.mkdir()
    pip = new_environment(venv)
    pinned = [*pip, "--require-hashes", "-r", str(ROOT / "requirements" / "run.txt")]
    subprocess.run(pinned, check=True, capture_output=True, cwd=tmp_path)
    subprocess.run([*pip, "--no-deps", str(wheel)], check=True, capture_output=True, cwd=tmp_path)
    monkeypatch.setattr(server, "MINUTEBOOK", venv / "bin" / "minutebook")
    # The processes of the server compile what they import, and each only what the one before has not.
    with server.running_server(None, data, PYTHONDONTWRITEBYTECODE="") as url:
        (log,) = data.glob("server-*.log")
        code = log.read_text().partition("/setup?code=")[2].split()[0]
        form = urlencode({"code": code, "name": "alice", "password": PASSWORD}).encode()
        with build_opener(HTTPCookieProcessor()).open(f"{url}/setup", form) as page:
            text = page.read().decode()
        assert "This book is empty" in text
        stylesheet = text.partition('rel="stylesheet" href="')[2].partition('"')[0]
        with urlopen(url + stylesheet) as styles:
            assert b"@layer" in styles.read()
    assert (data / "minutebook.db").is_file()
