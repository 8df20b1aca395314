"""Errors of what the server itself depends on: the provider, the database, free capacity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from webapp.errors.base import AppError

if TYPE_CHECKING:
    from webapp.agent.values import ProviderRefusal


class ProviderFailed(AppError):
    """The assistant's provider failed, timed out or returned no text. Nothing was stored."""

    status = 502
    code = "provider-failed"
    title = "The assistant did not answer"

    def __init__(self, detail: str, *, refusal: ProviderRefusal | None = None, **more: Any) -> None:
        """`refusal` is the provider's answer, if it answered with an error."""
        super().__init__(detail, **more)
        self.refusal = refusal


class Unavailable(AppError):
    """The database cannot serve the request now. Nothing was changed; the operator can fix the cause."""

    status = 503
    code = "database-unavailable"
    title = "The database is unavailable"
    sentence: ClassVar[str] = (
        "The database cannot be read or written. Nothing was changed. The server's log names the cause."
    )
    #: Seconds after which the same request may succeed; None if the operator must act first.
    retry_after: ClassVar[int | None] = None

    def __init__(self, detail: str | None = None) -> None:
        wait = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        super().__init__(detail or self.sentence, headers=wait)


class Busy(Unavailable):
    """The database or every slot for answers is in use. The client can repeat the request."""

    code = "busy"
    title = "The server is busy"
    sentence = "The database is busy. Nothing was changed; please try again in a few seconds."
    retry_after = 3
