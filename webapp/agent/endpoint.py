"""An HTTP client for a server with the OpenAI API."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from webapp.agent.model_list import NoModelList, first_for_chat, read_model_list
from webapp.agent.protocol import AS_USUAL, AssistantFailed
from webapp.agent.provider_errors import ProviderStatusError, failures_as_sentences, status_error
from webapp.agent.reply_clock import ReplyClock
from webapp.agent.whole_bodies import beginning_of, whole_body

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from httpx2 import Client

    from webapp.agent.connection import CuttableConnection
    from webapp.agent.values import Parameters

OPENAI_URL = "https://api.openai.com/v1"
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
        whole: float,
        connection: CuttableConnection,
        parameters: Parameters = AS_USUAL,
    ) -> Iterator[tuple[Iterator[bytes], ReplyClock]]:
        """Request a streamed reply, and yield an iterator over its bytes and its clock.

        `timeout` is in seconds, for each step of the connection and for each silence. `whole` is for the whole reply,
        in seconds. Raises AssistantFailed after either, and the errors of the client and of `status_error`.
        """
        clock = ReplyClock(whole)
        body = {"model": model, "messages": messages, "stream": True, "stream_options": {"include_usage": True}}
        body |= self._fields(parameters)
        with (
            clock.cutting(connection),
            self._answer("POST", "chat/completions", timeout, connection, json=body) as pieces,
        ):
            yield clock.check(pieces), clock

    def models(self, timeout: float, connection: CuttableConnection | None = None) -> list[str]:
        """Return the names of the models. `timeout` is in seconds. Raises AssistantFailed."""
        clock = ReplyClock(timeout)
        try:
            with (
                failures_as_sentences(timeout),
                self._answer("GET", "models", timeout, connection) as pieces,
            ):
                return read_model_list(whole_body(clock.check(pieces)))
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
