"""Errors in a request itself."""

from __future__ import annotations

from webapp.errors.base import AppError, FieldProblem


class BadRequest(AppError):
    """The request is malformed: invalid JSON, a cursor of another list, bytes that are not UTF-8."""


class NotFound(AppError):
    """The resource does not exist or belongs to another user; the response is the same."""

    status = 404
    code = "not-found"
    title = "Not found"


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


class FileTooLarge(AppError):
    """A file has more bytes than a file may have."""

    status = 413
    code = "file-too-large"
    title = "The file is too large"


class RangeNotSatisfiable(AppError):
    """The range of bytes begins beyond the end of the resource (RFC 9110, section 15.5.17)."""

    status = 416
    code = "range-not-satisfiable"
    title = "The range is beyond the end"


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
