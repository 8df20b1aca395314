"""The first line of a message that says something: without greetings, polite openings, fences and markup."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The line of a fence. Three backticks and more behind them are code in a line.
_FENCE = re.compile(r"\s*(```(?=[^`]*$|`+[^`]*$)|~~~)")
_MARKS = re.compile(r"(\s*(#{1,6}|[*+-]|>|\[[ xX]\])(\s+|$)|\s*>)+")
#: Marks that change the direction of the text after them. They would turn around what stands beside a title.
_DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")
#: Bold text and code, then links and images: an index that is called (`a[0](x)`) is none.
_MARKUP = re.compile(
    r"(\*\*|`+)(?=\S)(?P<inner>.+?)(?<=\S)\1"
    r"|(?<![\w\])])!?\[(?P<link>[^\[\]]*)\](?:\((?:[^()\s]|\([^()\s]*\))*(?:\s+[\"'(][^\"')]*[\"')])?\)|\[[^\[\]]*\])"
    r"|<(?P<address>https?://[^\s<>]+)>"
)

#: Greetings in other scripts, which no space separates from what follows.
_SHORT_GREETINGS = (
    r"(你好|您好|大家好|嗨|哈喽|早上好|下午好|晚上好|好的|谢谢|謝謝|こんにちは|こんばんは|おはようございます|おはよう|はじめまして"
    r"|ありがとうございます|ありがとう|すみません|안녕하세요|안녕|감사합니다)[\s，,！!。.、～~：:]*[，,！!。.、～~：:\s]"
)
#: Whole lines that say nothing about the matter.
_GREETING_LINE = re.compile(
    r"((hi|hello|hey|hiya|greetings|good (morning|afternoon|evening|day)|hallo|moin|servus|guten (tag|morgen|abend)"
    r"|bonjour|bonsoir|salut|coucou|hola|buenos d[ií]as|buenas( tardes| noches)?|ol[áa]|oi|bom dia|boa (tarde|noite)"
    r"|ciao|buongiorno|buonasera|привет|здравствуйте|здравствуй|добрый (день|вечер)|доброе утро)"
    r"([ ,]+(there|again|all|everyone|zusammen|chatgpt|claude|gemini|assistant|minutebook|[\w.'-]+(?=[,!:]+$)))?"
    r"|(dear|to|liebe[rs]?|sehr geehrte[rs]?|cher|ch[èe]re|querid[oa]|estimad[oa])( [\w.'-]+){1,4}(?=[,!:]+$)"
    r"|ok(ay)?|o\.k\.|alright|all right|right|sure|yes|yeah|yep|great|good|perfect|nice|cool|well|so|now|hm+|got it"
    r"|(many )?thanks( a lot| so much)?|thank you( so much| very much)?|thx|please"
    r"|gut|ja|super|prima|danke( schön| sehr)?|vielen dank|also|d['’]accord|oui|bon|merci( beaucoup)?|très bien"
    r"|vale|s[ií]|bueno|bien|(muchas )?gracias|de acuerdo|obrigad[oa]|grazie|va bene|хорошо|спасибо|да"
    r"|你好|您好|大家好|嗨|谢谢|好的|こんにちは|こんばんは|안녕하세요|안녕)[\s,.!:;…–—，！。、～~👋🙂😊🙏-]*",
    re.IGNORECASE,
)

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
_OPENING = re.compile("|".join([*(rf"({opening})(\s+|$)" for opening in _OPENINGS), _SHORT_GREETINGS]), re.IGNORECASE)

#: Characters of a line that are read: far more than a title has, and few enough for the search of pairs in it.
_ENOUGH = 1_000


def first_line(content: str) -> str:
    """Return the line that names the matter best, as plain text in one line.

    Text comes before code, and a line without letters and digits comes last. Empty for a text of nothing but blanks and
    fences.
    """
    text, code = _lines(content)
    named = next((line for line in map(_without_openings, text) if _says_something(line)), "")
    return named or next(filter(_says_something, [*text, *code]), "") or " ".join(" ".join([*text, *code]).split())


def plain_line(line: str) -> str:
    """Return a line without marks of Markdown, marks of direction and surplus spaces."""
    line = _DIRECTIONS.sub("", " ".join(line.split()))[:_ENOUGH]
    return " ".join(_without_markup(line[marks.end() :] if (marks := _MARKS.match(line)) else line).split())


def _without_markup(line: str) -> str:
    def plain(found: re.Match[str]) -> str:
        if found[1]:
            return found["inner"] if "`" in found[1] else _without_markup(found["inner"])
        return found["address"] or found["link"] or ""

    return _MARKUP.sub(plain, line)


def _lines(content: str) -> tuple[list[str], list[str]]:
    """Return the lines outside and inside of code blocks."""
    text: list[str] = []
    code: list[str] = []
    for line, is_code in marked_lines(content):
        (code if is_code else text).append(plain_line(line))
    return text, code


def marked_lines(content: str) -> Iterator[tuple[str, bool]]:
    """Yield the lines without those of fences, and whether each is code."""
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
    if _GREETING_LINE.fullmatch(line):
        return ""
    rest = line
    while opening := _OPENING.match(rest):
        rest = rest[opening.end() :]
    return rest if rest == line else rest[:1].upper() + rest[1:]


def _says_something(line: str) -> bool:
    return any(character.isalnum() for character in line)
