"""The text that the full-text index gets: marks around characters that are words by themselves.

SQLite's tokenizer cuts at spaces and punctuation only. Chinese, Japanese, Korean, Thai, Lao, Khmer and Burmese are
written without spaces, so each of their characters becomes a word, and a run of them is searched as a phrase.
PostgreSQL has the same rules in its function `message_search_words`.
"""

from __future__ import annotations

import re
import unicodedata

#: Characters of scripts without spaces between words.
APART = (
    "\u1100-\u11ff\u3005-\u3007\u3021-\u3029\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u3131-\u318e"
    "\u31a0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\uff66-\uff9d\U00020000-\U0003ffff"
    "\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46\u0e50-\u0e59\u0e81-\u0eb0\u0eb2\u0eb3\u0ec0-\u0ec6\u0ed0-\u0edf"
    "\u1000-\u102a\u103f-\u1055\u1780-\u17b3\u17e0-\u17e9"
)
#: Vowels and tones that belong to the character before them.
MARKS = (
    "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u102b-\u103e\u1056-\u1059\u17b4-\u17d3\u17dd"
    "\u3099\u309a\uff9e\uff9f"
)
EMOJI = "\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff"

#: Names of programming languages that punctuation tells apart.
_LANGUAGES = re.compile(r"(?<![^\W_])(?:([cC])(\+\+)|([cCfF])(#))(?![\w+#])")
_NAMES = {"++": "plusplus", "#": "sharp"}
_ALONE = re.compile(f"[{APART}][{MARKS}]*|[{EMOJI}]")


def search_text(content: str | None) -> str | None:
    """Return a text as SQLite's full-text index gets it. Most English texts stay as they are."""
    if content is None:
        return None
    if "+" in content or "#" in content:
        content = _LANGUAGES.sub(lambda name: language_word(name[0]), content)
    if content.isascii():
        return content
    return _ALONE.sub(_alone, unicodedata.normalize("NFC", content))


def language_word(name: str) -> str:
    """Return the word for `C++`, `C#` and `F#` in the index."""
    return name[0] + _NAMES[name[1:]]


def emoji_word(character: str) -> str:
    """Return the word for an emoji in SQLite's index."""
    return f"emoji{ord(character):x}"


def _alone(found: re.Match[str]) -> str:
    text = found[0]
    return f" {emoji_word(text)} " if _EMOJI.match(text) else f" {text} "


_EMOJI = re.compile(f"[{EMOJI}]")
