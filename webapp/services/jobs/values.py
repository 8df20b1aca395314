"""Values of jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from webapp.services.jobs.claims import Claim


class JobState(NamedTuple):
    """What everybody may see of a job. `done` and `total` count its own units; `reason` says why it failed."""

    id: str
    kind: str
    subject_id: str | None
    state: str
    done: int
    total: int | None
    reason: str | None


class JobKind(NamedTuple):
    """A kind of work. `run` works in batches until the work is complete, and raises JobFailed with a sentence.

    `is_here` says whether this machine can do it, for example because the upload is on its disk. `fail` stores the
    failure with the subject.
    """

    run: Callable[[Claim], None]
    is_here: Callable[[str | None], bool]
    fail: Callable[[Claim, str], None]


class JobFailed(Exception):
    """The work cannot be done. The text is a sentence for the user."""


class JobLost(Exception):
    """Another process has claimed the job. This one stores nothing more."""


class JobInterrupted(Exception):
    """The process ends. The job waits for the next one."""
