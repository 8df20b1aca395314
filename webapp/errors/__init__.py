"""Errors that a user can act on. Each class has its own status, so every door reports it in the same way."""

from webapp.errors.access import Forbidden, PasswordNeeded, ReadOnly, SignInNeeded, WrongCredentials
from webapp.errors.base import AppError, FieldProblem, kinds
from webapp.errors.conflicts import (
    AlreadySetUp,
    Answering,
    Archived,
    Conflict,
    Interrupted,
    NotArchived,
    OtherUser,
    RequestInFlight,
    StaleTitle,
    StaleTranscript,
    Unanswered,
)
from webapp.errors.outages import Busy, ProviderFailed, Unavailable
from webapp.errors.requests import (
    BadRequest,
    Invalid,
    KeyReused,
    NotFound,
    PreconditionFailed,
    TooMany,
    TooManyMessages,
    UnsupportedMediaType,
)

__all__ = [
    "AlreadySetUp",
    "Answering",
    "AppError",
    "Archived",
    "BadRequest",
    "Busy",
    "Conflict",
    "FieldProblem",
    "Forbidden",
    "Interrupted",
    "Invalid",
    "KeyReused",
    "NotArchived",
    "NotFound",
    "OtherUser",
    "PasswordNeeded",
    "PreconditionFailed",
    "ProviderFailed",
    "ReadOnly",
    "RequestInFlight",
    "SignInNeeded",
    "StaleTitle",
    "StaleTranscript",
    "TooMany",
    "TooManyMessages",
    "Unanswered",
    "Unavailable",
    "UnsupportedMediaType",
    "WrongCredentials",
    "kinds",
]
