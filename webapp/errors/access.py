"""Errors of who may do what."""

from __future__ import annotations

from webapp.errors.base import AppError


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


class Forbidden(AppError):
    """The request is not allowed for this user or from this origin."""

    status = 403
    code = "forbidden"
    title = "Not allowed"
    attempt = "not-allowed"


class ReadOnly(Forbidden):
    """A read-only token was used to change something."""

    code = "read-only"
    title = "This token is read-only"
