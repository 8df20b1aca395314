"""Recognition of messages to the archivist that are notes to keep, in four languages."""

from __future__ import annotations

import re

from webapp.agent.language import Language, guess_language

_NOTE_WORDS: dict[Language, str] = {
    "en": r"remember|remember (this|that)|(don['’]?t|do not) forget|keep in mind|note|note down|make a note|memo"
    r"|note to (self|myself)|reminder",
    "de": r"merke?|merke?( es)? dir|merken|vergiss nicht|nicht vergessen|denk(e)? daran|notiz|notiere?|erinnere dich"
    r"|notiz an mich( selbst)?|memo",
    "fr": r"souviens[- ]toi|souvenez[- ]vous|retiens|retenez|rappelle[- ]toi|n['’]oublie[zs]? pas|notez?|à retenir"
    r"|note ([àa]|pour) moi([- ]m[êe]me)?|m[ée]mo",
    "es": r"recuerda|recuerde|acu[eé]rdate|no olvides|an[oó]ta(lo)?|apunta|toma nota|nota( mental| para m[ií])?|memo",
}
_POLITE = r"(please|bitte|s['’]il (te|vous) pla[iî]t|por favor)[\s,]+"
#: What may stand before a note: marks of a list, a greeting, and a polite word.
_BEFORE = (
    r"\s*(?:(?:[-*+•>]|\d{1,3}[.)]|\[[ xX]?\])\s+)*[*_¡]*"
    r"(?:(?:hi|hello|hey|ok|okay|oh|and|also|hallo|und|bonjour|salut|hola|y)(?: there| again)?[\s,.!:–—-]+)?"
    rf"(?:{_POLITE})?"
)
_NOTES = {
    language: re.compile(
        rf"{_BEFORE}({words})( {_POLITE.removesuffix('+')}*)?[*_]*(\s*[:：,;]|\s+[-–—])+[*_]*\s*\S",
        re.IGNORECASE | re.DOTALL,
    )
    for language, words in _NOTE_WORDS.items()
}
_NO_INFINITIVES = "(ayer|mujer|lugar|taller|primer|tercer|cualquier|alquiler|hogar|popular)"
#: What follows the words of a note that has no colon: a clause, or something to do.
_CLAUSES: dict[Language, str] = {
    "en": r"that\s+\S",
    "de": r"dass\s+\S",
    "fr": r"qu(e\s+|['’])\S",
    "es": r"(de\s+)?que\s+\S"
    rf"|(de\s+)?(?!{_NO_INFINITIVES}\b)[a-záéíóú]{{2,}}[aeií]r(lo|la|los|las|le|les|me|te|nos)?\b",
}
_CLAUSE_NOTES = {
    language: re.compile(rf"{_BEFORE}({_NOTE_WORDS[language]}),?\s+({clause})", re.IGNORECASE | re.DOTALL)
    for language, clause in _CLAUSES.items()
}
#: A sentence without “that”. Without one of these verbs it may ask for something: “remember the trip to Brittany”.
_STATEMENTS: dict[Language, str] = {
    "en": r"(remember|(don['’]?t|do not) forget)\s+to\s+[a-z]"
    r"|(remember|(don['’]?t|do not) forget|keep in mind)\s+"
    r"(?!(when|how|what|where|who|whom|whose|why|which|whether|if|me|us)\b)"
    r"[^?]{0,200}?(\b(is|are|was|were|am|has|have|had|will|must|should|can|needs?|likes?|lives|works|costs|starts|ends|opens"
    r"|closes|comes|goes|moves|means|equals)\b|['’]s\s|\s=\s)\s*\S",
    "de": r"(merke?( es)? dir|denke? daran|vergiss nicht),?\s+(?!(wann|wie|was|wo|wer|wen|wem|warum|welche[rsn]?|ob)\b)"
    r"[^?]{0,200}?\b(ist|sind|war|waren|hat|haben|liegt|steht|heißt|kommt|wird|muss|soll|kostet|beginnt)\b\s*\S",
    "fr": r"(n['’]oublie[zs]? pas|souviens[- ]toi|rappelle[- ]toi),?\s+(d['’]|de\s+)[a-zàâéèêîôû]{2,}(er|ir|re)\b",
    "es": r"(recuerda|acu[eé]rdate|no olvides),?\s+(?!(cu[aá]ndo|c[oó]mo|qu[eé]|d[oó]nde|qui[eé]n|por qu[eé]|si)\b)"
    r"[^?]{0,200}?\b(está|están|es|son|era|tiene|tienen|vive|cuesta|empieza|se llama)\b\s*\S",
}
_STATEMENT_NOTES = {
    language: re.compile(rf"{_BEFORE}({statement})", re.IGNORECASE | re.DOTALL)
    for language, statement in _STATEMENTS.items()
}
#: Characters in which a note must begin.
_BEGINNING = 500
#: Characters from which the language is guessed.
_LANGUAGE_SAMPLE = 200


def note_language(text: str) -> Language | None:
    """Return the language of a note, None for any other message."""
    if found := _matching(_NOTES, text):
        return found
    if text.rstrip().endswith(("?", "？")):
        return None
    return _matching(_CLAUSE_NOTES, text) or _matching(_STATEMENT_NOTES, text)


def is_note(text: str) -> bool:
    """Say whether a message to the archivist is a note to keep. It is then no question."""
    return note_language(text) is not None


def _matching(patterns: dict[Language, re.Pattern[str]], text: str) -> Language | None:
    """Return the language whose pattern matches. Some words are those of several: then the rest of the text tells."""
    beginning = text.lstrip()[:_BEGINNING]
    found = [language for language, pattern in patterns.items() if pattern.match(beginning)]
    if len(found) > 1 and (guess := guess_language(text[:_LANGUAGE_SAMPLE])) in found:
        return guess
    return found[0] if found else None
