"""How a live turn ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from webapp.errors import AppError, ProviderFailed, kinds
from webapp.services.content import BLANK
from webapp.services.values import ChatResult

if TYPE_CHECKING:
    from webapp.agent.values import End, ProviderRefusal


@dataclass(frozen=True)
class Failed:
    """No message was stored. The live turn can be retried or discarded; with text also kept or continued.

    `code` is the code of an AppError. `refusal` is the provider's answer, if it answered with an error. `text` is what
    came before.
    """

    code: str
    reason: str
    refusal: ProviderRefusal | None = None
    text: str = field(default="", compare=False, repr=False)

    @property
    def has_text(self) -> bool:
        """Whether there is text to keep or to continue."""
        return bool(self.text.strip(BLANK))

    @classmethod
    def of(cls, error: AppError) -> Failed:
        return cls(error.code, error.detail, error.refusal if isinstance(error, ProviderFailed) else None)

    def error(self) -> AppError:
        """Return the error with this code and reason. A ProviderFailed has the refusal, too."""
        kind = next((kind for kind in kinds() if kind.code == self.code), ProviderFailed)
        return ProviderFailed(self.reason, refusal=self.refusal) if kind is ProviderFailed else kind(self.reason)


@dataclass(frozen=True)
class Discarded:
    """No message was stored and the live turn is gone: stopped before its first word, discarded or deleted."""


@dataclass(frozen=True)
class Superseded:
    """Another attempt at the same turn has begun, so this one stores nothing."""


@dataclass(frozen=True)
class Unstored:
    """The complete answer of a turn that is not stored, as its caller asked."""

    text: str
    end: End
    reasoning: str = ""


Outcome: TypeAlias = ChatResult | Failed | Discarded | Superseded | Unstored
