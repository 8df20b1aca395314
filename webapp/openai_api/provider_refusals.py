"""What the door reports of a provider's refusal, so that clients retry only what can succeed.

OpenAI's own clients send a request again after 408, 409, 429 and every status from 500 on, unless `x-should-retry` says
no. They heed a `Retry-After` of up to a minute, and wait half a second otherwise.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from webapp.agent.values import ProviderRefusal

#: Statuses by code, for errors that come in a stream, which has the status 200.
_STATUSES = {
    "context_length_exceeded": 400,
    "content_filter": 400,
    "content_policy_violation": 400,
    "invalid_request_error": 400,
    "invalid_prompt": 400,
    "invalid_api_key": 401,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "model_not_found": 404,
    "not_found_error": 404,
    "rate_limit_exceeded": 429,
    "rate_limit_error": 429,
    "insufficient_quota": 429,
    "overloaded": 503,
    "overloaded_error": 503,
}
_SYNONYMS = {
    "exceed_context_size_error": "context_length_exceeded",
    "string_above_max_length": "context_length_exceeded",
}
_CODES = {
    400: "provider_refused",
    402: "payment_required",
    403: "provider_refused",
    404: "model_not_found",
    413: "context_length_exceeded",
    429: "rate_limit_exceeded",
    503: "provider_unavailable",
}
_TOO_LONG = re.compile(
    r"context (?:length|window|size)|maximum context|prompt is too long|too many tokens", re.IGNORECASE
)
#: Codes that say no more than the status.
_GENERAL = frozenset({None, "invalid_request_error", "invalid_request", "bad_request", "BadRequestError"})
#: The provider refused the server's own key or proxy. The status would mislead: it seems to concern the client's token.
_OURS = frozenset({401, 407})
#: Refusals that a later request may not meet: too slow, in conflict, too early, too many, overloaded (Anthropic's 529).
_UNAVAILABLE = frozenset({408, 409, 425, 503, 529})
_SPENT = frozenset({"insufficient_quota", "billing_hard_limit_reached", "quota_exceeded"})
_USUAL_WAIT = 5
_LONGEST_WAIT = 60


class Telling(NamedTuple):
    """The answer about a refusal. `retry_after` is in seconds; `may_retry` is whether to send it again helps."""

    status: int
    code: str
    retry_after: int | None
    may_retry: bool


def telling_of(refusal: ProviderRefusal | None) -> Telling:
    """Return what to report of a refusal. None stands for a provider that gave no answer, or one without text."""
    if refusal is None:
        return Telling(502, "provider_failed", None, may_retry=False)
    status, code = _status(refusal), _code(refusal)
    if status in _OURS:
        return Telling(502, "provider_key_refused", None, may_retry=False)
    if status == 429 or status in _UNAVAILABLE:
        status = 429 if status == 429 else 503
        wait = _USUAL_WAIT if refusal.retry_after is None else max(0, math.ceil(refusal.retry_after))
        return Telling(status, code or _CODES[status], wait, may_retry=wait <= _LONGEST_WAIT and code not in _SPENT)
    if 400 <= status < 500:
        if status == 400 and code in _GENERAL and _TOO_LONG.search(refusal.words):
            code = "context_length_exceeded"
        return Telling(status, code or _CODES.get(status, "provider_refused"), None, may_retry=False)
    return Telling(502, code or "provider_failed", None, may_retry=status >= 500)


def _status(refusal: ProviderRefusal) -> int:
    if refusal.status >= 300:
        return refusal.status
    code = refusal.code or ""
    if re.fullmatch(r"[45]\d\d", code, re.ASCII):
        return int(code)
    return _STATUSES.get(_SYNONYMS.get(code, code), refusal.status)


def _code(refusal: ProviderRefusal) -> str | None:
    """Return the provider's code if it is a word. Some providers repeat the status there."""
    code = refusal.code or ""
    if not re.fullmatch(r"[A-Za-z][\w.-]{0,99}", code, re.ASCII):
        return None
    return _SYNONYMS.get(code, code)
