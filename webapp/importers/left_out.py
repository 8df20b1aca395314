"""The kinds of things that an import leaves out or cannot show, with the words of the report."""

from __future__ import annotations

from typing import Final

# Of messages.
BRANCH: Final = "branch"
SYSTEM: Final = "system"
HIDDEN: Final = "hidden"
TOOL: Final = "tool"
EMPTY: Final = "empty"
DRAFT: Final = "draft"
DUPLICATE: Final = "duplicate"
# Of parts of messages. A visible note stands in their place.
MISSING_FILE: Final = "missing_file"
UNKNOWN_PART: Final = "unknown_part"
SEALED_REASONING: Final = "sealed_reasoning"
CITATION: Final = "citation"
# Of the upload.
UNREADABLE: Final = "unreadable"
EMPTY_CHAT: Final = "empty_chat"
OTHER_PRODUCT: Final = "other_product"
UNUSED_FILE: Final = "unused_file"
MISSING_PART: Final = "missing_part"
PRIVATE: Final = "private"
NOT_A_CHAT: Final = "not_a_chat"

#: What the report says, in the singular and in the plural.
KINDS: Final[dict[str, tuple[str, str]]] = {
    BRANCH: ("message of another branch (an edited question, a regenerated answer)", "messages of other branches"),
    SYSTEM: ("system message", "system messages"),
    HIDDEN: ("message that the source did not show", "messages that the source did not show"),
    TOOL: ("use of a tool, named in a note", "uses of tools, named in notes"),
    EMPTY: ("message without text or file", "messages without text or file"),
    DRAFT: ("draft that was not sent", "drafts that were not sent"),
    DUPLICATE: ("repeated record", "repeated records"),
    MISSING_FILE: ("file that the export does not contain", "files that the export does not contain"),
    UNKNOWN_PART: ("part of an unknown kind", "parts of unknown kinds"),
    SEALED_REASONING: ("encrypted or removed reasoning", "encrypted or removed reasonings"),
    CITATION: ("citation mark without a source", "citation marks without a source"),
    UNREADABLE: ("record that cannot be read", "records that cannot be read"),
    EMPTY_CHAT: ("chat without messages", "chats without messages"),
    OTHER_PRODUCT: ("record of another product", "records of other products"),
    UNUSED_FILE: ("file that belongs to no message", "files that belong to no message"),
    MISSING_PART: ("part of the export that is missing", "parts of the export that are missing"),
    PRIVATE: ("file with account data, not opened", "files with account data, not opened"),
    NOT_A_CHAT: ("entry that is no chat", "entries that are no chats"),
}


def phrase(kind: str, count: int) -> str:
    """Return "3 messages of other branches"."""
    one, many = KINDS[kind]
    return f"{count:,} {one if count == 1 else many}"


#: Why it is left out, and what stands in its place.
INSTEAD: Final[dict[str, str]] = {
    BRANCH: "Only the messages that were shown last are kept.",
    SYSTEM: "They were not part of what you saw.",
    HIDDEN: "They were not part of what you saw.",
    TOOL: "One line says which tools were used, and how often.",
    EMPTY: "There is nothing to show.",
    DRAFT: "You had not sent them.",
    DUPLICATE: "The same record is there once.",
    MISSING_FILE: "A note with the name stands in the message.",
    UNKNOWN_PART: "A note in the message says what kind it was.",
    SEALED_REASONING: "The answer is kept without it.",
    CITATION: "The mark is removed, and the text stays.",
    UNREADABLE: "Nothing. The place in the file stands in the list below.",
    EMPTY_CHAT: "There is nothing to show.",
    OTHER_PRODUCT: "They are not conversations with an assistant.",
    UNUSED_FILE: "Nothing refers to it, so nothing shows it.",
    MISSING_PART: "Add the missing file, and import again: what is here then stays as it is.",
    PRIVATE: "Your name, address or telephone number is in it.",
    NOT_A_CHAT: "It holds no messages.",
}
