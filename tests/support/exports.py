"""Real exports of other programs (`tests/exports/`, sources and licences in its MANIFEST.md), read by the importers."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from webapp.importers.bundle import open_bundle
from webapp.importers.reading import read_upload
from webapp.importers.records import ImportedConversation, LeftOut

if TYPE_CHECKING:
    from collections.abc import Sequence

EXPORTS = Path(__file__).parents[1] / "exports"


class Upload(NamedTuple):
    """What was read of an upload."""

    origins: set[str]
    conversations: list[ImportedConversation]
    left_out: list[LeftOut]

    @property
    def counts(self) -> Counter[str]:
        """Everything that was left out, by kind: of the conversations and beside them."""
        total: Counter[str] = Counter()
        for conversation in self.conversations:
            total += conversation.left_out
        for record in self.left_out:
            total[record.kind] += record.count
        return total

    def one(self) -> ImportedConversation:
        """Return the only conversation."""
        (conversation,) = self.conversations
        return conversation


def read_exports(*names: str | Path, format_name: str | None = None) -> Upload:
    """Read files or folders as one upload; names are below `tests/exports/`, paths are taken as they are."""
    with open_bundle([EXPORTS / name for name in names]) as bundle:
        found = list(read_upload(bundle, format_name))
    conversations = [read.record for read in found if isinstance(read.record, ImportedConversation)]
    left_out = [read.record for read in found if isinstance(read.record, LeftOut)]
    return Upload({read.origin for read in found if read.origin}, conversations, left_out)


def shape(conversation: ImportedConversation) -> str:
    """Return the number of user messages and of answers: "u2 a1"."""
    roles = Counter(message.role for message in conversation.messages)
    return f"u{roles['user']} a{roles['assistant']}"


def shapes(conversations: Sequence[ImportedConversation]) -> list[str]:
    return [shape(conversation) for conversation in conversations]


def text_of(conversation: ImportedConversation) -> str:
    """Return everything that the chat shows."""
    return "\n\n".join(message.content for message in conversation.messages)
