"""Titles that chat sessions have until their user names them."""

from __future__ import annotations

import re
import unicodedata

from webapp.services.first_line import first_line, marked_lines, plain_line

NEW_CHAT = "New chat"
_LENGTH = 60
#: A line of nothing but these is no title.
_NOTHING = "\"'“”„‟«»‹›‘’「」『』《》*_`#~- "
#: What stands around a title: quotation marks by their openings, and emphasis.
_PAIRS = {
    '"': '"',
    "'": "'",
    "“": "”",
    "„": "“”",
    "‟": "”",
    "”": "”",
    "«": "»",
    "»": "«",
    "‹": "›",
    "›": "‹",
    "‘": "’",
    "‚": "‘’",
    "「": "」",
    "『": "』",
    "《": "》",
    "〈": "〉",
    "【": "】",
    "*": "*",
    "_": "_",
    "`": "`",
}
_TITLE = (
    r"(titles?|titel|titre|t[íi]tulo|titolo|tytuł|title of (the|this) (chat|conversation)"
    r"|标题|標題|题目|對話標題|对话标题"
    r"|タイトル|題名|件名|제목|заголовок|название|тема|τίτλος|başlık|العنوان|عنوان|शीर्षक|tiêu đề|judul)"
)
_KIND = (
    r"((the|a|my|your|new|chat|conversation|session|suggested|proposed|possible|short|concise|generated|der|ein|mein"
    r"|neuer|kurzer|vorgeschlagener|le|un|el) )*"
)
_LEAD = r"((here|hier|voici|ecco|aqu[íi])\b[^:：]{0,40}\b)"
_PURPOSE = r"( (for|für|pour|para)\b[^:：]{0,40})?"
_SUGGESTED = r"( (propos[ée]|sugg[ée]r[ée]|suger[iі]do|propuesto|suggestion))?"
#: What a model writes before a title, in the same line.
_LABEL = re.compile(rf"[*_#\s]*({_LEAD}|{_KIND}){_TITLE}{_SUGGESTED}{_PURPOSE}[*_\s]*[:：][*_\s]*", re.IGNORECASE)
#: Lines before a title that only answer the request.
_ANSWER = re.compile(
    r"(sure( thing)?|certainly|of course|ok(ay)?|absolutely|gerne?|klar|natürlich|bien sûr|claro)[\s!.,]*",
    re.IGNORECASE,
)
_STOP = re.compile(r"(?<![.。…])(?<!\b\w\.\w)[.。．｡।]$")

#: A line before a list or a text ends with one.
_COLONS = " :：,;"


def automatic_title(content: str | None) -> str:
    """Return the first line that says something, cut at a word boundary to at most 60 characters.

    Without content (a session with no user message yet) it is "New chat".
    """
    line = first_line(content or "")
    return shorten(line.rstrip(_COLONS) or line) or NEW_CHAT


def title_of_reply(reply: str) -> str:
    """Return the title in a model's reply: its first line that is no introduction, without what is around a title.

    That is a label, quotation marks around the whole, and a full stop. May be empty.
    """
    lines = [plain_line(line) for line, _ in marked_lines(reply) if line.strip(_NOTHING)]
    named = next((line for line in lines if not _introduces(line)), lines[0] if lines else "")
    return shorten(_bare(named))


def _introduces(line: str) -> bool:
    return line.rstrip(" *_").endswith((":", "：")) or _ANSWER.fullmatch(line) is not None


def _bare(title: str) -> str:
    """Return the title without labels, pairs of marks around it, and a full stop, in whatever order they stand."""
    bare = _LABEL.sub("", title, count=1) if _LABEL.match(title) else title
    bare = _unwrapped((bare or title).strip().rstrip(_COLONS))
    bare = _STOP.sub("", bare).rstrip(_COLONS)
    return bare if bare == title else _bare(bare)


def _unwrapped(title: str) -> str:
    """Return the text within marks that stand around all of it."""
    opening, closing = title[:1], title[-1:]
    inner = title[1:-1].strip()
    if len(title) < 2 or closing not in _PAIRS.get(opening, ""):
        return title
    # `__init__` is a name.
    is_name = opening == "_" and inner.startswith("_") and " " not in inner
    return title if is_name or not _is_whole(inner, opening, closing) else inner


def _is_whole(inner: str, opening: str, closing: str) -> bool:
    """Say whether the marks around a text belong together: those within it are in pairs, or are apostrophes."""
    if opening == closing:
        if inner[:1] == inner[-1:] == opening and opening in "*_":
            inner = inner[1:-1]
        return opening not in (re.sub(r"(?<=\w)'(?=\w)", "", inner) if opening == "'" else inner)
    depth = 1
    for mark in re.sub(r"(?<=\w)’(?=\w)", "", inner):
        depth += (mark == opening) - (mark == closing)
        if depth == 0:
            return False
    return depth == 1


def shorten(line: str) -> str:
    """Return the line, cut at a word boundary to at most 60 characters. No letter loses its accent, no emoji a part."""
    if len(line) <= _LENGTH:
        return line
    cut = line[: _character_boundary(line)]
    if not line[len(cut)].isspace() and " " in cut[_LENGTH // 2 :]:
        cut = cut[: cut.rindex(" ")]
    return cut.rstrip(" ,;:.–—-") + "…"


def fold(text: str) -> str:
    """Return the text without case and accents, for the title filter."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if not unicodedata.combining(c)))


def _character_boundary(line: str) -> int:
    """Return where the last whole character within the limit ends (grapheme clusters of UAX #29)."""
    if line.isascii():
        return _LENGTH
    # Only long titles in other scripts need it.
    import regex

    end = 0
    # A cluster that crosses the limit is seen whole: none in use is as long as this.
    for cluster in regex.finditer(r"\X", line[: _LENGTH * 2]):
        if cluster.end() > _LENGTH:
            break
        end = cluster.end()
    return end or _LENGTH
