"""HTTP endpoints of stored connections, with their decrypted secrets."""

from __future__ import annotations

import json
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from webapp.agent.endpoint import Endpoint, Places
from webapp.config.validators import is_loopback
from webapp.services.assistants.values import Secrets
from webapp.services.assistants.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webapp.config.settings import Settings
    from webapp.services.assistants.catalog import Row

#: How sentences name the places where an administrator mends a stored connection.
_PLACES = Places(
    address="its address under Settings → Models",
    key="its key under Settings → Models",
    models="add them by name under Settings → Models",
)


class Endpoints:
    """One endpoint for each stored connection. A changed connection gets a new one; turns in progress keep theirs."""

    def __init__(self, settings: Settings) -> None:
        self._proxy = settings.openai_proxy
        self._vault = Vault(settings)
        self._endpoints: dict[str, tuple[tuple[str | None, ...], Endpoint]] = {}
        self._lock = Lock()

    def of_row(self, row: Row) -> Endpoint:
        """Return the endpoint of a stored connection. Raises CannotOpen."""
        state = (row.address, row.sealed_key, row.sealed_headers)
        with self._lock:
            known = self._endpoints.get(row.id)
            if known is None or known[0] != state:
                known = self._endpoints[row.id] = (state, self.make(row.address, self.secrets(row)))
            return known[1]

    def make(self, address: str, secrets: Secrets) -> Endpoint:
        """Return a new endpoint. The operator's proxy is not used for this machine."""
        proxy = None if is_loopback(urlsplit(address).hostname or "") else self._proxy
        return Endpoint(address, secrets.key, proxy, headers=secrets.headers, places=_PLACES)

    def secrets(self, row: Row) -> Secrets:
        """Return the decrypted key and headers of a connection. Raises CannotOpen."""
        headers = self._vault.open(row.sealed_headers, _place(row.id, "headers")) if row.sealed_headers else "{}"
        key = self._vault.open(row.sealed_key, _place(row.id, "key")) if row.sealed_key else None
        return Secrets(key, json.loads(headers))

    def seal_key(self, connection_id: str, key: str | None) -> str | None:
        return self._vault.seal(key, _place(connection_id, "key")) if key else None

    def seal_headers(self, connection_id: str, headers: Mapping[str, str] | None) -> str | None:
        return self._vault.seal(json.dumps(dict(headers)), _place(connection_id, "headers")) if headers else None


def _place(connection_id: str, column: str) -> str:
    return f"connections/{connection_id}/{column}"
