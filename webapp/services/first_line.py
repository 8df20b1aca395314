"""The first line of a message that says something: without greetings, polite openings, fences and markup."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_FENCE = re.compile(r"\s*(```|~~~)")
_MARKS = re.compile(r"(\s*(#{1,6}|[*+-]|>|\[[ xX]\])(\s+|$)|\s*>)+")
#: Marks that change the direction of the text after them. They would turn around what stands beside a title.
_DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_MARKUP = re.compile(r"(\*\*|`+)(?=\S)(.+?)(?<=\S)\1")

#: Openings of a request, in English, German, French and Spanish. Each ends where the matter begins.
_OPENINGS = (
    # Greetings, which a mark separates from what follows.
    (
        r"(hi|hello|hey|dear|good (morning|afternoon|evening)|hallo|moin|guten (tag|morgen|abend)|bonjour|bonsoir|salut"
        r"|hola|buenos d[ií]as|buenas( tardes| noches)?)( (there|again|chatgpt|claude|everyone|zusammen))?"
        r"\s*[,!.:–—-]+"
    ),
    r"please help me( out)?( with (the following|this|that))?\s*[:,.]",
    r"(can|could|would) you (please )?help me( out)?( with (the following|this|that))?\s*[:,.?]",
    r"(can|could|would) you please\b",
    r"please\b,?",
    r"i('d| would) like you to\b",
    r"i (want|need) you to\b",
    r"(i have|here is|here's) (a|another|my) (quick )?question\s*[:,.]",
    r"(quick )?question\s*:",
    r"bitte (hilf|helfen sie) mir( (bei|mit) (folgendem|dem folgenden|dieser sache))?\s*[:,.]",
    (
        r"(kannst du|k[öo]nntest du|k[öo]nnen sie|k[öo]nnten sie) mir (bitte )?((bei|mit) (folgendem|dem folgenden) )?"
        r"helfen\s*[:,.?]"
    ),
    r"bitte\b,?",
    r"ich h[äa](be|tte) (eine|folgende) (kurze )?frage\s*[:,.]",
    (
        r"(peux-tu|pouvez-vous|pourrais-tu|pourriez-vous) (s'il (te|vous) pla[iî]t )?m'aider"
        r"( (avec|à) (ce qui suit|ceci))?\s*[:,.?]"
    ),
    r"s'il (te|vous) pla[iî]t\b,?",
    r"j'ai une question\s*[:,.]",
    r"(puedes|podr[ií]as|puede|podr[ií]a) (por favor )?ayudarme( con (lo siguiente|esto))?\s*[:,.?]",
    r"por favor\b,?",
    r"tengo una (pregunta|duda)\s*[:,.]",
)
_OPENING = re.compile("|".join(rf"({opening})(\s+|$)" for opening in _OPENINGS), re.IGNORECASE)


def first_line(content: str) -> str:
    """Return the line that names the matter best, as plain text in one line.

    Text comes before code, and a line without letters and digits comes last. Empty for an empty text.
    """
    text, code = _lines(content)
    named = next((line for line in map(_without_openings, text) if _says_something(line)), "")
    return named or next(filter(_says_something, [*text, *code]), "") or " ".join(content.split())


def plain_line(line: str) -> str:
    """Return a line without marks of Markdown, marks of direction and surplus spaces."""
    line = _DIRECTIONS.sub("", " ".join(line.split()))
    return _MARKUP.sub(r"\2", line[marks.end() :] if (marks := _MARKS.match(line)) else line)


def _lines(content: str) -> tuple[list[str], list[str]]:
    """Return the lines outside and inside of code blocks."""
    text: list[str] = []
    code: list[str] = []
    for line, is_code in _marked_lines(content):
        (code if is_code else text).append(plain_line(line))
    return text, code


def _marked_lines(content: str) -> Iterator[tuple[str, bool]]:
    fence = ""
    for line in content.splitlines():
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1] == fence:
            fence = ""
        else:
            yield line, bool(fence)


def _without_openings(line: str) -> str:
    rest = line
    while opening := _OPENING.match(rest):
        rest = rest[opening.end() :]
    return rest if rest == line else rest[:1].upper() + rest[1:]


def _says_something(line: str) -> bool:
    return any(character.isalnum() for character in line)
