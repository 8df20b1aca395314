"""The image of the Containerfile: it serves from a read-only root as a user of its own, and keeps /data."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener, urlopen

import pytest
import yaml

from tests.support.accounts import PASSWORD
from tests.support.image import PROGRAMS, ROOT, Container, Image
from tests.support.programs import need
from tests.support.server import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.one_database("The image has its own SQLite file.")]

_REQUIRED = "MINUTEBOOK_REQUIRE_IMAGE"


@pytest.fixture
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    for program in PROGRAMS:
        need(program, shutil.which(program), required_by=_REQUIRED)
    need("root, to mount images", os.geteuid() == 0, required_by=_REQUIRED)
    built = Image(tmp_path_factory.mktemp("image"))
    yield built
    built.close()


def volume(folder: Path) -> Path:
    """Return a volume as a runtime makes it from the image: owned by the image's user."""
    data = folder / "data"
    data.mkdir(mode=0o700, parents=True)
    os.chown(data, 10001, 10001)
    for parent in data.parents:
        if parent.stat().st_uid == os.geteuid() and parent != parent.parent:
            parent.chmod(parent.stat().st_mode | 0o011)
    return data


def test_the_image_keeps_its_promises(image: Image, tmp_path: Path) -> None:
    """One test, because an image takes a minute of a core to build and test processes share nothing."""
    for promise in (
        it_serves_stores_stops_and_starts_again_on_the_same_volume,
        it_is_not_root_and_writes_nowhere_but_to_its_volume,
        its_health_check_tells_a_server_from_none,
        it_has_less_than_150_megabytes_beyond_its_base,
        it_has_no_installer_and_no_sources_of_the_build,
    ):
        promise(image, volume(tmp_path / promise.__name__))


def it_serves_stores_stops_and_starts_again_on_the_same_volume(image: Image, data: Path) -> None:
    port = free_port()
    first = Container(image, data, port)
    try:
        first.wait_until_ready()
        code = first.log.read_text().partition("/setup?code=")[2].split()[0]
        browser = build_opener(HTTPCookieProcessor())
        browser.open(f"{first.url}/setup", urlencode({"code": code, "name": "alice", "password": PASSWORD}).encode())
        token = inside(image, data, "minutebook", "tokens", "create", "Test", "--user", "alice").split()[-1]
        sent = ask(first.url, token, "POST", "/api/v1/chat", {"content": "Remember: the key is at number 14."})
        assert sent["message"]["content"] == "Kept as message 1."
        assert first.stop() == 0
    finally:
        first.kill()
    again = Container(image, data, port)
    try:
        again.wait_until_ready()
        (listed,) = ask(again.url, token, "GET", "/api/v1/sessions")["data"]
        assert (listed["id"], listed["message_count"]) == (sent["session_id"], 2)
        assert inside(image, data, "minutebook", "verify", "--quick")
        assert again.stop() == 0
    finally:
        again.kill()


def it_is_not_root_and_writes_nowhere_but_to_its_volume(image: Image, data: Path) -> None:
    told = inside(
        image, data, "sh", "-c", "id -u; touch /x /opt/minutebook/x /etc/x 2>&1; touch /data/x /tmp/x && echo ok"
    )
    user, *refusals, end = told.strip().splitlines()
    assert (user, end) == ("10001", "ok")
    assert len(refusals) == 3
    assert all("Read-only file system" in line for line in refusals)
    assert image.config["User"] == "10001:10001"
    assert image.config["Volumes"] == {"/data": {}}


def its_health_check_tells_a_server_from_none(image: Image, data: Path) -> None:
    _, *check = image.config["Healthcheck"]["Test"]
    port = free_port()
    container = Container(image, data, port)
    try:
        container.wait_until_ready()
        inside(image, data, *check, port=port)
        assert container.stop() == 0
    finally:
        container.kill()
    with pytest.raises(AssertionError, match="refused"):
        inside(image, data, *check, port=port)


def it_has_less_than_150_megabytes_beyond_its_base(image: Image, _data: Path) -> None:
    base, whole = image.sizes()
    assert base < whole < base + 150_000_000


def it_has_no_installer_and_no_sources_of_the_build(image: Image, _data: Path) -> None:
    assert not (image.root / "source").exists()
    assert not list((image.root / "opt/minutebook/bin").glob("pip*"))


def inside(image: Image, data: Path, *command: str, port: int = 8000) -> str:
    """Run a command in a container of the image; return what it printed."""
    container = Container(image, data, port, "sh", "-c", 'exec "$@" >/data/output 2>&1', "sh", *command)
    status = container.process.wait(60)
    output = (data / "output").read_text()
    (data / "output").unlink()
    assert status == 0, output + container.log.read_text()[-500:]
    return output


def ask(url: str, token: str, method: str, path: str, body: dict[str, str] | None = None) -> dict[str, object]:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = Request(url + path, json.dumps(body).encode() if body else None, headers, method=method)
    with urlopen(request, timeout=30) as answer:
        found: dict[str, object] = json.load(answer)
    return found


def test_the_compose_file_has_the_app_alone_and_two_profiles() -> None:
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())
    app = compose["services"]["minutebook"]
    assert {name: service.get("profiles") for name, service in compose["services"].items()} == {
        "minutebook": None,
        "postgres": ["postgres"],
        "caddy": ["caddy"],
    }
    assert (app["build"]["dockerfile"], app["read_only"], app["tmpfs"]) == ("Containerfile", True, ["/tmp"])
    assert app["volumes"] == ["data:/data"]
    assert set(compose["volumes"]) == {"data", "postgres", "caddy"}
    assert app["ports"] == ["127.0.0.1:${PORT:-8000}:8000"]
