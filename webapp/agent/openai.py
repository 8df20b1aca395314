"""Any OpenAI-compatible endpoint, through the `openai` package. The full history is sent; nothing is retried."""

from __future__ import annotations

import time
from contextlib import contextmanager
from itertools import groupby, takewhile
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from webapp.agent.line import Line, tell_line
from webapp.agent.protocol import AssistantFailed
from webapp.agent.stop import Stop
from webapp.agent.values import End, Text, Usage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from openai import OpenAI, Stream

    from webapp.agent.values import Event, Utterance

PREFIX = "openai"
_OPENAI_URL = "https://api.openai.com/v1"
_SHOWN = 300


class OpenAIAssistant:
    """One model of an endpoint. Without a model's name the endpoint's first model answers."""

    def __init__(self, endpoint: Endpoint, model: str | None = None) -> None:
        self._endpoint = endpoint
        self._model = model

    @property
    def key(self) -> str:
        """Name it `openai`, or `openai:` and the model."""
        return f"{PREFIX}:{self._model}" if self._model else PREFIX

    @property
    def label(self) -> str:
        """Name the model to people."""
        return self._model or "Language model"

    def reply(self, history: Sequence[Utterance], *, timeout: float, stop: Stop | None = None) -> Iterator[Event]:
        """Stream the model's reply. Raises AssistantFailed for whatever the endpoint does instead of answering.

        When `stop` is asked, the connection is cut and the stream ends without an End.
        """
        stop = stop or Stop()
        try:
            with Line().open() as line, stop.calling(line.cut), _told_plainly(timeout):
                yield from self._reply(history, timeout, stop, line)
        except AssistantFailed:
            # A connection that was cut looks like any that broke off.
            if not stop.asked:
                raise

    def _reply(self, history: Sequence[Utterance], timeout: float, stop: Stop, line: Line) -> Iterator[Event]:
        deadline = time.monotonic() + timeout
        if stop.asked:
            return
        with line.used():
            model = self._model or self._endpoint.first_model(timeout)
            stream = self._endpoint.ask(model, _messages(history), timeout)
        with stream:
            yield from takewhile(lambda _: not stop.asked, _events(stream, model, deadline, timeout))


class Endpoint:
    """A server that speaks the OpenAI API; its client is made on first use, for importing it takes half a second."""

    def __init__(self, base_url: str | None, api_key: str | None, proxy: str | None = None) -> None:
        self._base_url = base_url or _OPENAI_URL
        self._api_key = api_key
        self._proxy = proxy
        self._client: OpenAI | None = None
        self._lock = Lock()

    def client(self) -> OpenAI:
        """Return the client. Each request has a connection of its own: what ends one ends no other.

        It talks to the configured address alone: no redirect is followed, and neither proxies (`HTTPS_PROXY`) nor
        passwords (`.netrc`) are taken from the environment. `SSL_CERT_FILE` and `SSL_CERT_DIR` count.
        """
        with self._lock:
            if self._client is None:
                import httpx2
                import openai

                limits = httpx2.Limits(max_connections=None, max_keepalive_connections=0)
                self._client = openai.OpenAI(
                    base_url=self._base_url,
                    # Local servers ask for no key, the package does.
                    api_key=self._api_key or "none",
                    max_retries=0,
                    http_client=openai.DefaultHttpxClient(
                        limits=limits,
                        event_hooks={"request": [tell_line]},
                        follow_redirects=False,
                        trust_env=False,
                        verify=httpx2.create_ssl_context(),
                        proxy=self._proxy,
                    ),
                )
            return self._client

    def ask(self, model: str, messages: Sequence[dict[str, str]], timeout: float) -> Stream[object]:
        """Begin a streamed answer; its pieces are what was in their JSON.

        Made into the package's models, each would take four times as long to read, and a history of a hundred
        messages thirty milliseconds to send.
        """
        import openai

        return self.client().post(
            "/chat/completions",
            body={
                "model": model,
                "messages": messages,
                "stream": True,
                "stream_options": {"include_usage": True},
            },
            options={"timeout": timeout},
            cast_to=object,
            stream=True,
            stream_cls=openai.Stream[object],
        )

    def models(self, timeout: float) -> list[str]:
        """Ask which models there are. `timeout` is in seconds. Raises AssistantFailed."""
        with _told_plainly(timeout):
            return [model.id for model in self.client().models.list(timeout=timeout)]

    def first_model(self, timeout: float) -> str:
        """Return the first model there is. Raises AssistantFailed."""
        models = self.models(timeout)
        if not models:
            raise AssistantFailed("The provider offers no model. Load one there, or name one in OPENAI_MODELS.")
        return models[0]


def _messages(history: Sequence[Utterance]) -> list[dict[str, str]]:
    """Make one message of what a role says several times in a row: many models' templates want roles to alternate."""
    return [
        {"role": role, "content": "\n\n".join(utterance.content for utterance in said)}
        for role, said in groupby(history, lambda utterance: utterance.role)
    ]


def _events(stream: Any, model: str, deadline: float, timeout: float) -> Iterator[Event]:
    reason, usage = None, None
    _watch(stream.response, deadline, timeout)
    for chunk in stream:
        usage = _usage(chunk.get("usage")) or usage
        model = str(chunk.get("model") or model)
        for choice in (chunk.get("choices") or ())[:1]:
            reason = choice.get("finish_reason") or reason
            delta = choice.get("delta")
            text = delta.get("content") if delta else None
            if not isinstance(text, str | None):
                raise TypeError("A piece of the text is not text.")
            if text:
                yield Text(text)
    if reason is None:
        raise AssistantFailed("The provider's answer broke off before its end. Nothing was kept; please try again.")
    yield End(model=model, finish_reason=str(reason), usage=usage)


def _watch(response: Any, deadline: float, timeout: float) -> None:
    """Look at the clock with every piece that comes: what only keeps a connection alive makes no chunk."""
    pieces = response.iter_bytes

    def watched() -> Iterator[bytes]:
        for piece in pieces():
            if time.monotonic() > deadline:
                raise AssistantFailed(_too_slow(timeout))
            yield piece

    response.iter_bytes = watched


def _usage(usage: Any) -> Usage | None:
    if not usage:
        return None
    return Usage(int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0))


@contextmanager
def _told_plainly(timeout: float) -> Iterator[None]:
    """Turn what the package and its HTTP client raise into sentences."""
    import httpx2
    import openai

    try:
        yield
    except (openai.APITimeoutError, httpx2.TimeoutException):
        raise AssistantFailed(_too_slow(timeout)) from None
    except openai.APIStatusError as error:
        raise AssistantFailed(_status_sentence(error)) from error
    except (openai.APIConnectionError, httpx2.HTTPError) as error:
        raise AssistantFailed(
            "The provider cannot be reached, or broke off. Check that it runs at OPENAI_BASE_URL, then try again."
        ) from error
    except (openai.OpenAIError, ValueError, AttributeError, TypeError) as error:
        # The package does not check what it is sent: a field may be of any type, or not there.
        raise AssistantFailed(f"The provider's answer cannot be read: {str(error)[:_SHOWN]}") from error


def _status_sentence(error: Any) -> str:
    body = error.body if isinstance(error.body, dict) else {}
    said = str(body.get("message") or error.message)[:_SHOWN]
    match error.status_code:
        case 401 | 403:
            return f"The provider refused the key ({error.status_code}). Check OPENAI_API_KEY."
        case 404:
            return f"The provider does not know this model or address (404): {said}"
        case 429:
            return (
                "The provider says it is asked too often, or the credit is used up (429). Wait a little and try again."
            )
        case status if 300 <= status < 400:
            return _redirect_sentence(error.response)
        case status if status >= 500:
            return f"The provider had an error of its own ({status}). Try again in a moment."
        case status:
            return f"The provider refused the request ({status}): {said}"


def _redirect_sentence(response: Any) -> str:
    """Name the address that a provider sends on to, without what may be secret in it. Nothing was sent there."""
    try:
        url = urlsplit(urljoin(str(response.url), response.headers.get("Location", "")))
        address = url._replace(netloc=url.netloc.rpartition("@")[2], query="", fragment="").geturl()
    except ValueError:
        address = "an address that cannot be read"
    return (
        f"The provider answered with a redirect to {address[:_SHOWN]}, which is not followed. "
        "Nothing was sent there. If that is the right address, set OPENAI_BASE_URL to it."
    )


def _too_slow(timeout: float) -> str:
    return f"The provider did not finish within {timeout:g} seconds. Nothing was kept; please try again."
