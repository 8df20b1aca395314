"""Errors that a user can act on. Each class has its own status, so every door reports it in the same way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from webapp.agent.values import ProviderRefusal


@dataclass(frozen=True)
class FieldProblem:
    """A problem with one field. `pointer` is a JSON pointer into the body, or a parameter's name."""

    pointer: str
    code: str
    detail: str


class AppError(Exception):
    """An error that a person can act on. `detail` is a whole sentence that says what to do.

    `facts` are machine-readable extras for the problem document (RFC 9457, section 3.2).
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "bad-request"
    title: ClassVar[str] = "Malformed request"
    #: The kind of attack that causes this error, as the log names it; None if only mistakes cause it.
    attempt: str | None = None

    def __init__(
        self,
        detail: str,
        *,
        problems: tuple[FieldProblem, ...] = (),
        facts: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        attempt: str | None = None,
    ) -> None:
        super().__init__(detail)
        self.attempt = attempt or self.attempt
        self.detail = detail
        self.problems = problems
        self.facts = facts or {}
        self.headers = headers or {}


class BadRequest(AppError):
    """The request is malformed: invalid JSON, a cursor of another list, bytes that are not UTF-8."""


class Forbidden(AppError):
    """The request is not allowed for this user or from this origin."""

    status = 403
    code = "forbidden"
    title = "Not allowed"
    attempt = "not-allowed"


class SignInNeeded(AppError):
    """The request has no valid sign-in or token."""

    status = 401
    code = "sign-in-needed"
    title = "Not signed in"


class PasswordNeeded(AppError):
    """The action is sensitive and the password was not entered recently (RFC 9470)."""

    status = 401
    code = "password-needed"
    title = "Confirm your password"


class WrongCredentials(AppError):
    """The name or the password is wrong, or the account is disabled; the response does not say which."""

    status = 401
    code = "wrong-credentials"
    title = "Wrong name or password"

    def __init__(self, detail: str = "The name or the password is wrong.") -> None:
        super().__init__(detail)


class ReadOnly(Forbidden):
    """A read-only token was used to change something."""

    code = "read-only"
    title = "This token is read-only"


class NotFound(AppError):
    """The resource does not exist or belongs to another user; the response is the same."""

    status = 404
    code = "not-found"
    title = "Not found"


class Conflict(AppError):
    """The present state of the resource does not allow the request."""

    status = 409
    code = "conflict"
    title = "Conflict with the present state"


class OtherUser(Conflict):
    """The page was made for a user who is not the one that is signed in now."""

    code = "other-user"
    title = "Another user is signed in"


class Archived(Conflict):
    """The chat session is archived. Archived sessions accept no turns."""

    code = "archived"
    title = "This chat is archived"


class NotArchived(Conflict):
    """Only an archived chat session can be deleted permanently."""

    code = "not-archived"
    title = "This chat is not archived"


class AlreadySetUp(Conflict):
    """The first account already exists."""

    code = "already-set-up"
    title = "Minutebook is already set up"


class StaleTranscript(Conflict):
    """The client has not seen the last messages of the session."""

    code = "stale-transcript"
    title = "This chat has changed"


class Answering(Conflict):
    """The session has an answer in progress. It accepts one turn at a time."""

    code = "answering"
    title = "An answer is in progress"


class Unanswered(Conflict):
    """The session's last question has no answer. Retry or discard it first."""

    code = "unanswered"
    title = "The last message has no answer"


class Interrupted(Conflict):
    """The process that wrote the reply ended before the reply was complete. Nothing was stored."""

    code = "interrupted"
    title = "The answer was interrupted"


class StaleTitle(Conflict):
    """The title was changed in the meantime."""

    code = "stale-title"
    title = "The title was changed elsewhere"


class RequestInFlight(Conflict):
    """The answer is still in progress, or has not stopped yet. The client repeats the request later."""

    code = "request-in-flight"
    title = "The same request is still running"


class PreconditionFailed(AppError):
    """`If-Match` does not name the present revision (RFC 9110, section 13.1.1)."""

    status = 412
    code = "precondition-failed"
    title = "The resource has changed"


class UnsupportedMediaType(AppError):
    """The resource does not accept a body of this type."""

    status = 415
    code = "unsupported-media-type"
    title = "Unsupported media type"


class TooManyMessages(AppError):
    """The history in the request is longer than the limit for one request."""

    status = 413
    code = "too-many-messages"
    title = "The history is too long"


class Invalid(AppError):
    """The request is well-formed, but some values are invalid. `problems` lists them."""

    status = 422
    code = "invalid"
    title = "Invalid values"

    @classmethod
    def field(cls, pointer: str, code: str, detail: str) -> Invalid:
        """Return the error for one field."""
        return cls(detail, problems=(FieldProblem(pointer, code, detail),))


class KeyReused(AppError):
    """The idempotency key belongs to another request."""

    status = 422
    code = "idempotency-key-reused"
    title = "This Idempotency-Key belongs to another request"


class TooMany(AppError):
    """The client sent too many requests in a short time."""

    status = 429
    code = "too-many-requests"
    title = "Too many requests"
    attempt = "too-many"


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


def kinds() -> list[type[AppError]]:
    """Return every error class, for the documentation page."""
    classes = list(AppError.__subclasses__())
    for kind in classes:
        classes += kind.__subclasses__()
    return classes
