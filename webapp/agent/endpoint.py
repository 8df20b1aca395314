"""An HTTP client for a server with the OpenAI API."""

from __future__ import annotations

import time
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from webapp.agent.model_list import NoModelList, first_for_chat, read_model_list
from webapp.agent.protocol import AssistantFailed
from webapp.agent.provider_errors import ProviderStatusError, failures_as_sentences, status_error, too_slow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from httpx2 import Client

    from webapp.agent.connection import CuttableConnection

OPENAI_URL = "https://api.openai.com/v1"
#: Limit in bytes for a list of models or an error. The longest lists have 1 MB.
_MAX_BODY = 10_000_000
#: The answers to a request for the list of models with which a server says that it has none.
_NO_LIST = frozenset({404, 405, 501})


class Places(NamedTuple):
    """Where an administrator sets the address, the key and the names of models, for sentences."""

    address: str = "OPENAI_BASE_URL"
    key: str = "OPENAI_API_KEY"
    models: str = "set OPENAI_MODELS to their names"

    def tell(self, error: AssistantFailed) -> None:
        """Let the sentence of a failure name these places instead of the environment's."""
        sentence = str(error).replace("OPENAI_BASE_URL", self.address).replace("OPENAI_API_KEY", self.key)
        error.args = (sentence,)


class Endpoint:
    """One server. Its HTTP client is made on first use, because the import takes 0.2 seconds.

    `headers` are sent with every request, and replace the client's own of the same name.
    """

    def __init__(
        self,
        base_url: str | None,
        api_key: str | None,
        proxy: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        places: Places | None = None,
    ) -> None:
        self._base_url = base_url or OPENAI_URL
        self._api_key = api_key
        self._proxy = proxy
        self._headers = dict(headers or {})
        self.places = places or Places()
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
                    headers=self._all_headers(),
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
    ) -> Iterator[Iterator[bytes]]:
        """Request a streamed reply, and yield an iterator over its bytes.

        `timeout` is in seconds, for each step of the connection. `deadline` is a time of the monotonic clock. Raises
        AssistantFailed after the deadline, and the errors of the client and of `status_error`.
        """
        body = {"model": model, "messages": messages, "stream": True, "stream_options": {"include_usage": True}}
        with self._answer("POST", "chat/completions", timeout, deadline, connection, json=body) as pieces:
            yield pieces

    def models(self, timeout: float, connection: CuttableConnection | None = None) -> list[str]:
        """Return the names of the models. `timeout` is in seconds. Raises AssistantFailed."""
        deadline = time.monotonic() + timeout
        try:
            with (
                failures_as_sentences(timeout),
                self._answer("GET", "models", timeout, deadline, connection) as pieces,
            ):
                return read_model_list(_whole(pieces))
        except AssistantFailed as error:
            sentence = self._sentence(error.__cause__)
            if sentence is None:
                self.places.tell(error)
                raise
            raise AssistantFailed(sentence) from error.__cause__

    def first_model(self, timeout: float, connection: CuttableConnection | None = None) -> str:
        """Return the name of the first model for chats. Raises AssistantFailed, also if there is none."""
        model = first_for_chat(self.models(timeout, connection))
        if model is None:
            raise AssistantFailed(f"The provider has no model. Load one there, or {self.places.models}.")
        return model

    def close(self) -> None:
        """Close the HTTP client, if there is one."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _sentence(self, cause: BaseException | None) -> str | None:
        """Return the sentence for a failure that concerns lists of models alone."""
        if isinstance(cause, NoModelList) and cause.is_page:
            return f"This is a web page, not an API. Check {self.places.address}: with most servers it ends in /v1."
        if isinstance(cause, NoModelList):
            return f"The answer is not a list of models. Check {self.places.address}, or {self.places.models}."
        if isinstance(cause, ProviderStatusError) and cause.status_code in _NO_LIST:
            return (
                f"The server lists no models ({cause.status_code}). If {self.places.address} is right, "
                f"{self.places.models}."
            )
        return None

    def _all_headers(self) -> dict[str, str]:
        own = {"User-Agent": "Minutebook"}
        if self._api_key:
            own["Authorization"] = f"Bearer {self._api_key}"
        given = {name.lower() for name in self._headers}
        return {name: value for name, value in own.items() if name.lower() not in given} | self._headers

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
            raise ValueError(f"It is too long: more than {_MAX_BODY // 1_000_000} MB.")
    return bytes(body)
