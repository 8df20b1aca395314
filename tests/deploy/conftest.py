from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.provider import Puppet, puppet_server
from tests.deploy.fronts import NAME, Front, front
from tests.support.server import Server, furnish

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def puppet() -> Iterator[Puppet]:
    """A model server led by the test."""
    with puppet_server() as puppet:
        yield puppet


@pytest.fixture(scope="module")
def minutebook(sqlite_template: Path, puppet: Puppet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Minutebook as SECURITY.md says to run it behind a proxy; each test asks from an address of its own."""
    settings = {"MINUTEBOOK_PROXIES": "1", "TRUSTED_HOSTS": NAME, "MINUTEBOOK_GRACE": "0", **puppet.settings()}
    server = Server(None, furnish(tmp_path_factory.mktemp("book"), sqlite_template), **settings)
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def proxy(
    request: pytest.FixtureRequest, minutebook: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Front]:
    """Each of the proxies of which there is an example, before Minutebook."""
    with front(request.param, tmp_path_factory.mktemp(request.param), minutebook.port) as running:
        yield running
