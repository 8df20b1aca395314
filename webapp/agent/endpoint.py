"""An HTTP client for a server with the OpenAI API."""

from __future__ import annotations

import json
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any

from webapp.agent.protocol import AssistantFailed
from webapp.agent.provider_errors import failures_as_sentences, status_error
from webapp.agent.reply_clock import ReplyClock
from webapp.agent.whole_bodies import beginning_of, whole_body

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from httpx2 import Client

    from webapp.agent.connection import CuttableConnection

_OPENAI_URL = "https://api.openai.com/v1"


class Endpoint:
    """One server. Its HTTP client is made on first use, because the import takes 0.2 seconds."""

    def __init__(self, base_url: str | None, api_key: str | None, proxy: str | None = None) -> None:
        self._base_url = base_url or _OPENAI_URL
        self._api_key = api_key
        self._proxy = proxy
        self._client: Client | None = None
        self._lock = Lock()

    def client(self) -> Client:
        """Return the HTTP client. Each request has its own connection, so that a cut ends no other request.

        The client connects only to the configured address. It follows no redirect and ignores proxies (`HTTPS_PROXY`)
        and passwords (`.netrc`) of the environment. It honours `SSL_CERT_FILE` and `SSL_CERT_DIR`.
        """
        with self._lock:
            if self._client is None:
                import httpx2

                self._client = httpx2.Client(
                    base_url=self._base_url,
                    headers={"User-Agent": "Minutebook"} | self._authorization(),
                    limits=httpx2.Limits(max_connections=None, max_keepalive_connections=0),
                    follow_redirects=False,
                    trust_env=False,
                    verify=httpx2.create_ssl_context(),
                    proxy=self._proxy,
                )
            return self._client

    @contextmanager
    def completion(
        self,
        model: str,
        messages: Sequence[dict[str, str]],
        *,
        timeout: float,
        whole: float,
        connection: CuttableConnection,
    ) -> Iterator[tuple[Iterator[bytes], ReplyClock]]:
        """Request a streamed reply, and yield an iterator over its bytes and its clock.

        `timeout` is in seconds, for each step of the connection and for each silence. `whole` is for the whole reply,
        in seconds. Raises AssistantFailed after either, and the errors of the client and of `status_error`.
        """
        clock = ReplyClock(whole)
        body = {"model": model, "messages": messages, "stream": True, "stream_options": {"include_usage": True}}
        with (
            clock.cutting(connection),
            self._answer("POST", "chat/completions", timeout, connection, json=body) as pieces,
        ):
            yield clock.check(pieces), clock

    def models(self, timeout: float, connection: CuttableConnection | None = None) -> list[str]:
        """Return the names of the models. `timeout` is in seconds. Raises AssistantFailed."""
        clock = ReplyClock(timeout)
        with (
            failures_as_sentences(timeout),
            self._answer("GET", "models", timeout, connection) as pieces,
        ):
            return [str(model["id"]) for model in json.loads(whole_body(clock.check(pieces))).get("data") or ()]

    def first_model(self, timeout: float, connection: CuttableConnection | None = None) -> str:
        """Return the name of the first model. Raises AssistantFailed, also if there is none."""
        models = self.models(timeout, connection)
        if not models:
            raise AssistantFailed("The provider has no model. Load one there, or name one in OPENAI_MODELS.")
        return models[0]

    def _authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._api_key}"} if self._api_key else {}

    @contextmanager
    def _answer(
        self,
        method: str,
        path: str,
        timeout: float,
        connection: CuttableConnection | None,
        **content: Any,
    ) -> Iterator[Iterator[bytes]]:
        client = self.client()
        extensions = {"trace": connection.trace} if connection else {}
        request = client.build_request(method, path, timeout=timeout, extensions=extensions, **content)
        response = client.send(request, stream=True)
        try:
            if not response.is_success:
                raise status_error(response, beginning_of(response.iter_bytes(), timeout), self._api_key)
            yield response.iter_bytes()
        finally:
            response.close()
