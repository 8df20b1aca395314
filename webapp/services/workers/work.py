"""Tasks, and the callbacks of the pool for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from webapp.errors import AppError


class Task(Protocol):
    """A unit of work for a thread of this process."""

    @property
    def owner_id(self) -> str:
        """The id of the user whose slot the task takes."""

    @property
    def has_ended(self) -> bool:
        """Whether its end is stored, or storing it was given up."""

    def release(self) -> None:
        """Release its slot. Idempotent."""

    def wait_for_end(self, timeout: float | None = None) -> bool:
        """Wait for its end. Return False after `timeout` seconds."""


TaskT = TypeVar("TaskT", bound=Task)


@dataclass(frozen=True)
class Work(Generic[TaskT]):
    """Callbacks for a task: `interrupt` when the process ends, `refuse` if no thread can be started for it."""

    carry_out: Callable[[TaskT], object]
    interrupt: Callable[[TaskT], object]
    refuse: Callable[[TaskT, AppError], object]
