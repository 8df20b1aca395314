"""The failures of a provider as sentences for the user."""

from __future__ import annotations

import re
import time
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from webapp.agent.protocol import AssistantFailed
from webapp.agent.provider_words import code_of, is_page, plain_line, read_payload, status_of, words_of
from webapp.agent.values import ProviderRefusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from httpx2 import Response

#: Characters of an exception's words in a sentence.
_SHOWN = 300
#: The longest wait that a provider may ask for: a year, in seconds.
_LONGEST_WAIT = 31_536_000.0

_WRONG_KEY = {"invalid_api_key", "incorrect_api_key", "missing_api_key", "invalid_authentication", "invalid_auth"}
_KEY_WORDS = re.compile(
    r"\b(?:invalid|incorrect|wrong|missing|no|unknown)\b[^.]{0,30}"
    r"\b(?:api[ _-]?key|bearer token|auth(?:orization)? header)",
    re.IGNORECASE,
)
_WEB_PAGE = (
    "The provider's address answers with a web page and not as an API. Check OPENAI_BASE_URL: often /v1 is missing "
    "at its end."
)

_NO_HOST = "The host name of the provider's address cannot exist. Check OPENAI_BASE_URL."
#: What the client adds to the address itself, and what else people copy.
_ENDPOINT = re.compile(r"(?:/chat)?/(?:completions|models|responses|embeddings)/*$")


class ProviderStatusError(Exception):
    """A provider answered with an error. The message is a sentence for the user."""

    def __init__(self, sentence: str, refusal: ProviderRefusal) -> None:
        super().__init__(sentence)
        self.refusal = refusal
        #: The log reads this name. It contains codes but no words of a provider.
        self.status_code = refusal.status


@contextmanager
def failures_as_sentences(timeout: float) -> Iterator[None]:
    """Raise AssistantFailed for every failure of the connection to a provider, and for an unreadable answer.

    `timeout` is the limit of silence, in seconds.
    """
    import httpx2

    try:
        yield
    except (httpx2.TimeoutException, TimeoutError):
        raise AssistantFailed(too_silent(timeout)) from None
    except ProviderStatusError as error:
        raise AssistantFailed(str(error), error.refusal) from error
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        raise AssistantFailed(
            "The provider cannot be reached, or closed the connection. Check that it runs at "
            "OPENAI_BASE_URL, then try again."
        ) from error
    except (ValueError, AttributeError, TypeError, LookupError, RecursionError) as error:
        # Python names the codec of host names alone.
        if isinstance(error, UnicodeError) and "idna" in str(error):
            raise AssistantFailed(_NO_HOST) from error
        # The provider's JSON is not validated: a field may have any type, or be missing.
        raise AssistantFailed(f"The provider's answer cannot be read: {str(error)[:_SHOWN]}") from error


def status_error(response: Response, body: bytes, secret: str | None = None) -> ProviderStatusError:
    """Return the error for a response with an error status. `body` may be cut off; `secret` is never shown."""
    status = response.status_code
    payload = read_payload(body)
    refusal = ProviderRefusal(
        status, code_of(payload), words_of(payload, secret=secret), retry_after(response.headers, time.time())
    )
    if 300 <= status < 400:
        return ProviderStatusError(_redirect_sentence(response), refusal)
    if status < 500 and is_page(body):
        return ProviderStatusError(f"{_WEB_PAGE} ({status})", refusal)
    return ProviderStatusError(_sentence(refusal), refusal)


def error_in_answer(payload: Any) -> ProviderStatusError:
    """Return the error for an error object in an answer with the status 200."""
    refusal = ProviderRefusal(status_of(payload) or 200, code_of(payload), words_of(payload), None)
    words = refusal.words or "without a reason"
    return ProviderStatusError(f"The provider ended the answer with an error: {words}", refusal)


def web_page() -> AssistantFailed:
    """Return the failure of an address that answers with a web page."""
    return AssistantFailed(_WEB_PAGE)


def too_silent(timeout: float) -> str:
    """Return the sentence for a provider that sent nothing for so many seconds."""
    return f"The provider sent nothing for {timeout:g} seconds. Please try again."


def too_slow(timeout: float) -> str:
    """Return the sentence for an answer that took longer than so many seconds."""
    return f"The provider did not finish within {timeout:g} seconds, the limit for a whole answer."


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds that a provider asks to wait: a number, or a date (RFC 9110, section 10.2.3)."""
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return min(milliseconds / 1000, _LONGEST_WAIT)
    told = headers.get("retry-after")
    seconds = _number(told)
    if seconds is None and told:
        try:
            seconds = parsedate_to_datetime(told).timestamp() - now
        except (ValueError, OverflowError):
            return None
    return None if seconds is None else min(max(0.0, seconds), _LONGEST_WAIT)


def _number(text: str | None) -> float | None:
    return float(text) if text and re.fullmatch(r"\d{1,12}(?:\.\d{1,6})?", text.strip()) else None


def _sentence(refusal: ProviderRefusal) -> str:
    # A code says more than nothing.
    status, words = refusal.status, refusal.words or refusal.code
    match status:
        case 404:
            lead = f"The provider does not know this model or address ({status})"
        case 429:
            lead = f"The provider accepts no more requests now ({status})"
        case 503:
            lead = f"The provider is not available now ({status})"
        case status if status >= 500:
            lead = f"The provider had an internal error ({status})"
        case _:
            lead = f"The provider refused the request ({status})"
    said = f"{lead}: {words}" if words else lead
    advice = _advice(refusal)
    return f"{_closed(said)} {advice}" if advice else said if words else f"{said}."


def _advice(refusal: ProviderRefusal) -> str:
    """Return what to do, where that is certain."""
    if refusal.status == 401 and _is_wrong_key(refusal):
        return "Check OPENAI_API_KEY."
    if refusal.retry_after and refusal.status >= 400:
        return f"It asks to wait {_duration(refusal.retry_after)} before the next try."
    if refusal.status == 404 and not refusal.words:
        return "Check OPENAI_BASE_URL (often /v1 is missing at its end) and the name of the model."
    return ""


def _is_wrong_key(refusal: ProviderRefusal) -> bool:
    """Say whether a 401 is about the key: its code or its words say so, or it says nothing."""
    return refusal.code in _WRONG_KEY or bool(_KEY_WORDS.search(refusal.words)) or not refusal.words


def _closed(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…", "。")) else f"{text}."


def _duration(seconds: float) -> str:
    whole = max(1, round(seconds))
    if whole < 120:
        return f"{whole} second{'' if whole == 1 else 's'}"
    return f"{round(whole / 60)} minutes" if whole < 7200 else f"{round(whole / 3600)} hours"


def _redirect_sentence(response: Response) -> str:
    """Return the sentence for a redirect. The address in it has no credentials, query or fragment."""
    try:
        url = urlsplit(urljoin(str(response.url), response.headers.get("Location", "")))
        address = url._replace(netloc=url.netloc.rpartition("@")[2], query="", fragment="").geturl()
    except ValueError:
        address = "an address that cannot be read"
    lead = (
        f"The provider redirects to {plain_line(address)[:_SHOWN]}. Redirects are not followed, and nothing was sent "
        "there."
    )
    base = _ENDPOINT.sub("", address)
    if base == address:
        return f"{lead} If this address is right, set OPENAI_BASE_URL to it."
    if base == _ENDPOINT.sub("", str(response.url)):
        return lead
    return f"{lead} If this address is right, set OPENAI_BASE_URL to {plain_line(base)[:_SHOWN]} (without the end)."
