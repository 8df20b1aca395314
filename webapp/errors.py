"""What can go wrong for a user. Each kind carries its own status, so every door tells it the same way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class FieldProblem:
    """One thing wrong with one field. `pointer` is a JSON pointer into the body, or a parameter's name."""

    pointer: str
    code: str
    detail: str


class AppError(Exception):
    """A refusal that a person can act on. `detail` is a whole sentence saying what to do.

    `facts` are machine-readable extras for the problem document (RFC 9457, section 3.2).
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "bad-request"
    title: ClassVar[str] = "The request cannot be understood"
    #: The kind of attempt that meets this refusal, as the log names it; None for what only mistakes meet.
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
    """The request's form is broken: malformed JSON, an unusable cursor, bytes that are not UTF-8."""


class Forbidden(AppError):
    """The request comes from where nobody may come from."""

    status = 403
    code = "forbidden"
    title = "Not allowed"
    attempt = "not-allowed"


class SignInNeeded(AppError):
    """Nobody is known to ask: no sign-in, no token, or one that is good for nothing any more."""

    status = 401
    code = "sign-in-needed"
    title = "Audience are you?"


class PasswordNeeded(AppError):
    """What was asked for can harm an account, and the password was not given lately (RFC 9470)."""

    status = 401
    code = "password-needed"
    title = "Confirm your password"


class WrongCredentials(AppError):
    """The name or the password is wrong, or the account is disabled: which of them is not told."""

    status = 401
    code = "wrong-credentials"
    title = "That is not right"

    def __init__(self, detail: str = "The name or the password is wrong.") -> None:
        super().__init__(detail)


class ReadOnly(Forbidden):
    """A token that may only read was used to change something."""

    code = "read-only"
    title = "This token only reads"


class NotFound(AppError):
    """The thing does not exist, or belongs to somebody else, which must look the same."""

    status = 404
    code = "not-found"
    title = "Not found"


class Conflict(AppError):
    """The request cannot be carried out on the present state."""

    status = 409
    code = "conflict"
    title = "That does not fit the present state"


class Archived(Conflict):
    """The chat session is archived and takes no more turns."""

    code = "archived"
    title = "This chat is archived"


class NotArchived(Conflict):
    """Only an archived chat session can be deleted for good."""

    code = "not-archived"
    title = "This chat is not archived"


class AlreadySetUp(Conflict):
    """The first account was made before."""

    code = "already-set-up"
    title = "This Minutebook is set up already"


class StaleTranscript(Conflict):
    """The client has not seen the last messages of the session."""

    code = "stale-transcript"
    title = "This chat has moved on"


class Answering(Conflict):
    """The session is being answered; one turn at a time."""

    code = "answering"
    title = "This chat is being answered"


class Unanswered(Conflict):
    """The session's last question was not answered: it is retried or taken back first."""

    code = "unanswered"
    title = "The last message was not answered"


class Interrupted(Conflict):
    """The process that wrote a reply ended before it did. Nothing was stored."""

    code = "interrupted"
    title = "The answer was interrupted"


class StaleTitle(Conflict):
    """The title was changed elsewhere in the meantime."""

    code = "stale-title"
    title = "The title was changed elsewhere"


class RequestInFlight(Conflict):
    """The answer is still being written, or has not stopped yet: ask again."""

    code = "request-in-flight"
    title = "The same request is still running"


class PreconditionFailed(AppError):
    """`If-Match` names another revision than the present one (RFC 9110, section 13.1.1)."""

    status = 412
    code = "precondition-failed"
    title = "Changed in the meantime"


class UnsupportedMediaType(AppError):
    """The body is not of a type this resource takes."""

    status = 415
    code = "unsupported-media-type"
    title = "Unsupported media type"


class TooManyMessages(AppError):
    """A request tells a longer history than is taken at once."""

    status = 413
    code = "too-many-messages"
    title = "The history is too long"


class Invalid(AppError):
    """The request is well formed and its values are not acceptable; `problems` says which."""

    status = 422
    code = "invalid"
    title = "Some values cannot be used"

    @classmethod
    def field(cls, pointer: str, code: str, detail: str) -> Invalid:
        """Make the refusal of a single field."""
        return cls(detail, problems=(FieldProblem(pointer, code, detail),))


class KeyReused(AppError):
    """An idempotency key came again with another request."""

    status = 422
    code = "idempotency-key-reused"
    title = "This Idempotency-Key belongs to another request"


class TooMany(AppError):
    """More was asked for in a time than anybody needs."""

    status = 429
    code = "too-many-requests"
    title = "Too much at once"
    attempt = "too-many"


class ProviderFailed(AppError):
    """The assistant's provider failed, timed out or said nothing. Nothing was stored."""

    status = 502
    code = "provider-failed"
    title = "The assistant did not answer"


class Unavailable(AppError):
    """The database cannot do now what it should. Nothing was changed; whoever runs the server can mend it."""

    status = 503
    code = "database-unavailable"
    title = "The database is not at hand"
    sentence: ClassVar[str] = (
        "The database could not be read or written. Nothing was changed. Whoever runs Minutebook finds the kind of "
        "failure in its log."
    )
    #: Seconds after which the same request may succeed by itself; None where somebody must act first.
    retry_after: ClassVar[int | None] = None

    def __init__(self, detail: str | None = None) -> None:
        wait = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        super().__init__(detail or self.sentence, headers=wait)


class Busy(Unavailable):
    """The database, or every place for a reply, is occupied; the same request may be sent again."""

    code = "busy"
    title = "Busy"
    sentence = "The database is busy. Nothing was changed; please try again in a few seconds."
    retry_after = 3


def kinds() -> list[type[AppError]]:
    """Return every kind of refusal there is, for the page that explains them."""
    found = list(AppError.__subclasses__())
    for kind in found:
        found += kind.__subclasses__()
    return found
