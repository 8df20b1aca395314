"""Errors of requests that the present state of a resource does not allow."""

from __future__ import annotations

from webapp.errors.base import AppError


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


class FilesFull(Conflict):
    """The user's files already use the space that a user may use."""

    code = "files-full"
    title = "There is no space for more files"


class StaleTitle(Conflict):
    """The title was changed in the meantime."""

    code = "stale-title"
    title = "The title was changed elsewhere"


class RequestInFlight(Conflict):
    """The answer is still in progress, or has not stopped yet. The client repeats the request later."""

    code = "request-in-flight"
    title = "The same request is still running"
