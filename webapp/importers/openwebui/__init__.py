"""Chats of Open WebUI ("Export Chats"), as its `chats.py` of 2026 and earlier versions write them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.importers import untrusted
from webapp.importers.json_files import candidates, read_each, with_unique_ids
from webapp.importers.openwebui.chats import conversation

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.importers.bundle import Bundle, Member
    from webapp.importers.probe import Probe
    from webapp.importers.records import Record


class OpenWebUI:
    """The format of `[{"chat": {"history": {"messages": {…}}}}]`."""

    name = "openwebui"
    label = "Open WebUI"

    def claims(self, probe: Probe) -> bool:
        return any(_is_chat(one) for one in candidates(probe, "chats", "data"))

    def read(self, bundle: Bundle, members: Sequence[Member]) -> Iterator[Record]:  # noqa: ARG002 - has no other files
        for member in members:
            yield from with_unique_ids(read_each(member, conversation, "chats", "data"))


FORMAT = OpenWebUI()


def _is_chat(value: Any) -> bool:
    chat = untrusted.mapping(value, "chat") or untrusted.mapping(value)
    return isinstance(untrusted.at(chat, "history", "messages"), dict) or (
        "user_id" in untrusted.mapping(value) and isinstance(untrusted.at(value, "chat", "messages"), list)
    )
