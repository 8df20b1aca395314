"""The failures of a provider as sentences for the user."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from webapp.agent.protocol import AssistantFailed
from webapp.agent.values import ProviderRefusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from httpx2 import Response

#: Characters of a provider's own words in a sentence.
_SHOWN = 300


class ProviderStatusError(Exception):
    """A provider answered with an error status. The message is a sentence for the user."""

    def __init__(self, sentence: str, status_code: int, refusal: ProviderRefusal) -> None:
        super().__init__(sentence)
        self.refusal = refusal
        #: The log reads this name. It contains codes but no words of a provider.
        self.status_code = status_code


@contextmanager
def failures_as_sentences(timeout: float) -> Iterator[None]:
    """Raise AssistantFailed for every failure of the connection to a provider, and for an unreadable answer."""
    import httpx2

    try:
        yield
    except (httpx2.TimeoutException, TimeoutError):
        raise AssistantFailed(too_slow(timeout)) from None
    except ProviderStatusError as error:
        raise AssistantFailed(str(error), error.refusal) from error
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        raise AssistantFailed(
            "The provider cannot be reached, or closed the connection. Check that it runs at "
            "OPENAI_BASE_URL, then try again."
        ) from error
    except (ValueError, AttributeError, TypeError, LookupError, RecursionError) as error:
        # The provider's JSON is not validated: a field may have any type, or be missing.
        raise AssistantFailed(f"The provider's answer cannot be read: {str(error)[:_SHOWN]}") from error


def status_error(response: Response, body: bytes) -> ProviderStatusError:
    """Return the error for a response with an error status. `body` may be cut off."""
    status = response.status_code
    words = _words(status, body)[:_SHOWN]
    wait = response.headers.get("Retry-After", "")
    retry_after = float(wait) if wait.isascii() and wait.isdecimal() else None
    refusal = ProviderRefusal(status, _code(body), words, retry_after)
    return ProviderStatusError(_status_sentence(response, words), status, refusal)


def too_slow(timeout: float) -> str:
    """Return the sentence for a provider that did not finish within so many seconds."""
    return f"The provider did not finish within {timeout:g} seconds. Nothing was stored. Please try again."


def _code(body: bytes) -> str | None:
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        return None
    error = payload.get("error") if isinstance(payload, dict) else None
    code = (error.get("code") or error.get("type")) if isinstance(error, dict) else None
    return code if isinstance(code, str) else None


def _words(status: int, body: bytes) -> str:
    """Return the provider's own message, or the body if there is none."""
    text = body.decode("utf-8", "replace").strip()
    try:
        payload = json.loads(text)
    except (ValueError, RecursionError):
        return text or f"Error code: {status}"
    error = payload.get("error", payload) if isinstance(payload, dict) else payload
    message = error.get("message") if isinstance(error, dict) else error
    return str(message or f"Error code: {status} - {text}")


def _status_sentence(response: Response, words: str) -> str:
    match response.status_code:
        case 401 | 403 as status:
            return f"The provider rejected the API key ({status}). Check OPENAI_API_KEY."
        case 404:
            return f"The provider does not know this model or address (404): {words}"
        case 429:
            return "The provider's rate limit is reached, or the credit is used up (429). Please try again later."
        case status if 300 <= status < 400:
            return _redirect_sentence(response)
        case status if status >= 500:
            return f"The provider had an internal error ({status}). Please try again in a moment."
        case status:
            return f"The provider rejected the request ({status}): {words}"


def _redirect_sentence(response: Response) -> str:
    """Return the sentence for a redirect. The address in it has no credentials, query or fragment."""
    try:
        url = urlsplit(urljoin(str(response.url), response.headers.get("Location", "")))
        address = url._replace(netloc=url.netloc.rpartition("@")[2], query="", fragment="").geturl()
    except ValueError:
        address = "an address that cannot be read"
    return (
        f"The provider redirects to {address[:_SHOWN]}. Redirects are not followed, and nothing was sent there. "
        "If this address is right, set OPENAI_BASE_URL to it."
    )
