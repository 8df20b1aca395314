"""A task, and what is done with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from webapp.errors import AppError


class Task(Protocol):
    """A piece of work that a thread of this process carries out."""

    @property
    def owner_id(self) -> str:
        """Whose slot it takes."""

    @property
    def has_ended(self) -> bool:
        """Whether its end is stored, or given up."""

    def release(self) -> None:
        """Give its slot back. Doing so again does nothing."""

    def wait_for_end(self, timeout: float | None = None) -> bool:
        """Wait until it has ended; False if it has not in `timeout` seconds."""


TaskT = TypeVar("TaskT", bound=Task)


@dataclass(frozen=True)
class Work(Generic[TaskT]):
    """What is done with a task: `interrupt` ends it with the process, `refuse` if no thread can be started for it."""

    carry_out: Callable[[TaskT], object]
    interrupt: Callable[[TaskT], object]
    refuse: Callable[[TaskT, AppError], object]
