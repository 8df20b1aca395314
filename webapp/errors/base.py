"""What every error that a user can act on has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


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


def kinds() -> list[type[AppError]]:
    """Return every error class, by status."""
    classes = list(AppError.__subclasses__())
    for kind in classes:
        classes += kind.__subclasses__()
    return sorted(classes, key=lambda kind: kind.status)
