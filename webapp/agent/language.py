"""The language of a question, guessed from its most common words."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal, TypeAlias

Language: TypeAlias = Literal["en", "de", "fr", "es"]

_COMMON: dict[Language, frozenset[str]] = {
    "en": frozenset(
        "a about and are did do does for from had has have how i in is it me my of on our the this to was we were what "
        "when where which who why with you your".split()
    ),
    "de": frozenset(
        "alle am an auf aus bei bin bitte das dass dem den der die du ein eine einen er es fur habe haben hat ich ihr "
        "im ist kann man mein meine mich mir mit nach nicht sie sind uns und von wann war warum was welche welcher "
        "welches wer wie wieviel wir wo zu zum zur".split()
    ),
    "fr": frozenset(
        "ai au avec c ce combien comment dans de des du elle en est et il j je l la le les ma mes moi mon nous on ou "
        "par pas pour pourquoi qu quand que quel quelle qui quoi rappelle rappelles sont "
        "souvenez souviens souvient sur te tu un une vous".split()
    ),
    "es": frozenset(
        "acuerda acuerdas "
        "al como con cual cuando cuanto cuanta de del donde el ella en es esta este he hemos la las le lo los me mi "
        "mis no para por porque que quien recuerda recuerdas recuerdo se "
        "sobre su te tu un una y yo".split()
    ),
}

#: Marks and letters of one language alone. They decide between languages that share words such as “la” and “de”.
_MARKS: dict[Language, re.Pattern[str]] = {
    "de": re.compile("[äöß]", re.IGNORECASE),
    "fr": re.compile("[çèêàùœ]|\\w\\s[?!:;]", re.IGNORECASE),
    "es": re.compile("[ñíóúá]", re.IGNORECASE),
}
#: Marks that no other language has, whatever its words.
_INVERTED = re.compile("[¿¡]")


def plain_words(text: str) -> str:
    """Return the words of a text: lower case, without accents and punctuation, one space between them."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    letters = (c if c.isalnum() else " " for c in decomposed if not unicodedata.combining(c))
    return " ".join("".join(letters).split())


def guess_language(text: str) -> Language:
    """Return the language with the most common words in the text. English if it cannot tell."""
    words = plain_words(text).split()
    scores = {language: float(sum(word in common for word in words)) for language, common in _COMMON.items()}
    if _INVERTED.search(text):
        return "es"
    for language, marks in _MARKS.items():
        scores[language] += 0.5 if scores[language] and marks.search(text) else 0
    best: Language = max(scores, key=lambda language: scores[language])
    is_clear = list(scores.values()).count(scores[best]) == 1
    return best if is_clear else "en"
