"""An HTTP client for a server with the OpenAI API."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from webapp.agent.protocol import AS_USUAL, AssistantFailed
from webapp.agent.provider_errors import failures_as_sentences, status_error, too_slow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from httpx2 import Client

    from webapp.agent.connection import CuttableConnection
    from webapp.agent.values import Parameters

_OPENAI_URL = "https://api.openai.com/v1"
#: Limit in bytes for a list of models or an error. The longest lists have 1 MB.
_MAX_BODY = 10_000_000


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
        deadline: float,
        connection: CuttableConnection,
        parameters: Parameters = AS_USUAL,
    ) -> Iterator[Iterator[bytes]]:
        """Request a streamed reply, and yield an iterator over its bytes.

        `timeout` is in seconds, for each step of the connection. `deadline` is a time of the monotonic clock. Raises
        AssistantFailed after the deadline, and the errors of the client and of `status_error`.
        """
        body = {"model": model, "messages": messages, "stream": True, "stream_options": {"include_usage": True}}
        body |= self._fields(parameters)
        with self._answer("POST", "chat/completions", timeout, deadline, connection, json=body) as pieces:
            yield pieces

    def models(self, timeout: float, connection: CuttableConnection | None = None) -> list[str]:
        """Return the names of the models. `timeout` is in seconds. Raises AssistantFailed."""
        deadline = time.monotonic() + timeout
        with (
            failures_as_sentences(timeout),
            self._answer("GET", "models", timeout, deadline, connection) as pieces,
        ):
            return [str(model["id"]) for model in json.loads(_whole(pieces)).get("data") or ()]

    def first_model(self, timeout: float, connection: CuttableConnection | None = None) -> str:
        """Return the name of the first model. Raises AssistantFailed, also if there is none."""
        models = self.models(timeout, connection)
        if not models:
            raise AssistantFailed("The provider has no model. Load one there, or name one in OPENAI_MODELS.")
        return models[0]

    def _fields(self, parameters: Parameters) -> dict[str, Any]:
        # OpenAI's newer models refuse `max_tokens`; other servers know no other name.
        is_openai = urlsplit(self._base_url).hostname == "api.openai.com"
        limit = "max_completion_tokens" if is_openai else "max_tokens"
        fields = {
            "temperature": parameters.temperature,
            "top_p": parameters.top_p,
            limit: parameters.max_tokens,
        }
        return {name: value for name, value in fields.items() if value is not None}

    def _authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._api_key}"} if self._api_key else {}

    @contextmanager
    def _answer(
        self,
        method: str,
        path: str,
        timeout: float,
        deadline: float,
        connection: CuttableConnection | None,
        **content: Any,
    ) -> Iterator[Iterator[bytes]]:
        client = self.client()
        extensions = {"trace": connection.trace} if connection else {}
        request = client.build_request(method, path, timeout=timeout, extensions=extensions, **content)
        response = client.send(request, stream=True)
        try:
            pieces = _in_time(response.iter_bytes(), deadline, timeout)
            if not response.is_success:
                raise status_error(response, _whole(pieces))
            yield pieces
        finally:
            response.close()


def _in_time(pieces: Iterable[bytes], deadline: float, timeout: float) -> Iterator[bytes]:
    """Check the deadline at every piece: a provider can keep a connection alive with empty pieces."""
    for piece in pieces:
        if time.monotonic() > deadline:
            raise AssistantFailed(too_slow(timeout))
        yield piece


def _whole(pieces: Iterable[bytes]) -> bytes:
    body = bytearray()
    for piece in pieces:
        body += piece
        if len(body) > _MAX_BODY:
            raise ValueError("It is too long.")
    return bytes(body)
