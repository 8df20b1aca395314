"""A session: requests with their answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.importers import left_out, texts, untrusted
from webapp.importers.agents.inline_files import data_url_file, inline_bytes, inline_file
from webapp.importers.agents.turns import Turns
from webapp.importers.times import parse_time
from webapp.importers.vscode_copilot.answer import Answer

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.importers.agents.sessions import Facts
    from webapp.importers.records import ImportedFile


class Session:
    """Reads requests into turns."""

    def __init__(self, facts: Facts) -> None:
        self.turns = Turns()
        self._facts = facts
        self._files = 0

    def add(self, request: Any) -> None:
        if not isinstance(request, dict):
            self.turns.left_out[left_out.UNREADABLE] += 1
            return
        if request.get("shouldBeRemovedOnSend"):
            self.turns.left_out[left_out.BRANCH] += 1
            return
        if request.get("isHidden") is True or request.get("isSystemInitiated") is True:
            self.turns.left_out[left_out.HIDDEN] += 1
            return
        time = parse_time(request.get("timestamp"))
        self._facts.saw(time)
        session = untrusted.text(request, "result", "metadata", "sessionId")
        self._facts.external_id = self._facts.external_id or session or None
        self._question(request, time)
        self._answer(request, time)

    def _question(self, request: dict[str, Any], time: datetime | None) -> None:
        message = request.get("message")
        text = texts.clean(message) or untrusted.text(message, "text")
        if not text:
            text = "".join(untrusted.text(part, "text") for part in untrusted.items(message, "parts"))
        files: list[ImportedFile] = []
        notes = [self._attached(one, files) for one in untrusted.items(request, "variableData", "variables")]
        content = texts.join_blocks([text, *notes])
        self.turns.prompt(content, time, untrusted.name(request, "requestId") or None, files)

    def _attached(self, variable: Any, files: list[ImportedFile]) -> str:
        """Return the note of a file that was attached, without its text; pictures are in the session."""
        kind = untrusted.text(variable, "kind")
        name = texts.file_name(untrusted.at(variable, "name"), "")
        if kind == "image":
            value = untrusted.at(variable, "value")
            media = untrusted.text(variable, "mimeType") or "image/png"
            number = self._files + 1
            file = data_url_file(value, number) or inline_file(value, media, number) if isinstance(value, str) else None
            file = file or inline_bytes(value, media, number)
            if file is not None:
                self._files += 1
                files.append(file)
                return ""
        elif kind not in ("file", "directory", "generic", "notebookOutput"):
            return ""
        self.turns.left_out[left_out.MISSING_FILE] += 1
        return texts.missing_file(name, "image" if kind == "image" else "file")

    def _answer(self, request: dict[str, Any], time: datetime | None) -> None:
        answer = Answer(self.turns.left_out)
        response = request.get("response")
        for part in response if isinstance(response, list) else [response] if response else ():
            answer.add(part)
        text = answer.finished()
        for reasoning in answer.reasoning:
            self.turns.think(reasoning)
        model = texts.clean_line(request.get("modelId")) or None
        if answer.has_words:
            self.turns.answer(text, time, untrusted.name(request, "responseId") or None, model)
        else:
            self.turns.note(text)
        self._end(request)

    def _end(self, request: dict[str, Any]) -> None:
        error = untrusted.mapping(request, "result", "errorDetails")
        if request.get("isCanceled") is True:
            self.turns.note(texts.note("interrupted by user"))
        elif error:
            self.turns.note(texts.note(f"error: {untrusted.text(error, 'message')}"))
        elif not untrusted.mapping(request, "result"):
            self.turns.note(texts.note("unfinished"))
