"""The export of BetterChatGPT. It has no times."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from webapp.importers import left_out, texts, untrusted
from webapp.importers.attempts import empty_chat
from webapp.importers.draft import Draft
from webapp.importers.json_files import candidates, read_each, with_unique_ids
from webapp.importers.json_stream import read_elements
from webapp.importers.openai_content import say_content
from webapp.importers.records import ImportedConversation

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.importers.bundle import Bundle, Member
    from webapp.importers.probe import Probe
    from webapp.importers.records import ImportedMessage, Record


class BetterChatGPT:
    """The format of `{"version", "chats": [{"messages", "config", "titleSet"}], "folders"}`, or of its array alone."""

    name = "betterchatgpt"
    label = "BetterChatGPT"

    def claims(self, probe: Probe) -> bool:
        return any(
            isinstance(one.get("messages"), list) and isinstance(one.get("config"), dict)
            for one in candidates(probe, "chats")
        )

    def read(self, bundle: Bundle, members: Sequence[Member]) -> Iterator[Record]:  # noqa: ARG002 - has no other files
        for member in members:
            yield from with_unique_ids(_read(member))


FORMAT = BetterChatGPT()


def _read(member: Member) -> Iterator[Record]:
    folders = _folders(member)
    yield from read_each(member, lambda place, value: _conversation(place, value, folders), "chats")


def _folders(member: Member) -> dict[str, str]:
    """Return the names of the folders, which stand after the chats."""
    with member.open() as stream:
        found = next((element.value for element in read_elements(stream) if element.path == ("folders",)), None)
    return {key: texts.clean_line(untrusted.text(one, "name"), 60) for key, one in untrusted.mapping(found).items()}


def _conversation(place: str, value: Any, folders: dict[str, str]) -> Record:
    counts: Counter[str] = Counter()
    title = texts.clean_line(untrusted.text(value, "title"), 200)
    model = untrusted.text(value, "config", "model") or None
    messages = [made for one in untrusted.items(value, "messages") if (made := _message(one, counts, model))]
    if not messages:
        return empty_chat(place, title)
    folder = folders.get(untrusted.name(value, "folder"), "")
    return ImportedConversation(
        place=place,
        external_id=untrusted.name(value, "id") or None,
        title=title,
        messages=messages,
        model=model,
        tags=(folder,) if folder else (),
        left_out=+counts,
    )


def _message(value: Any, counts: Counter[str], model: str | None) -> ImportedMessage | None:
    role = untrusted.text(value, "role")
    if role not in ("user", "assistant"):
        counts[left_out.SYSTEM] += 1
        return None
    draft = Draft("user" if role == "user" else "assistant", counts)
    say_content(draft, untrusted.at(value, "content"))
    return draft.build(model=model)
