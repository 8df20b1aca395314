"""What a message to the archivist asks for, apart from a search: by fixed phrases in four languages."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple, TypeAlias

from webapp.agent.language import Language, guess_language, plain_words
from webapp.agent.notes import note_language

Intent: TypeAlias = Literal["greeting", "farewell", "thanks", "abilities", "connect", "note", "search"]


class Request(NamedTuple):
    """An intent, and the language to answer in. `is_sure` is False for a search that may also be the intent."""

    intent: Intent
    language: Language
    is_sure: bool = True


# The patterns match `plain_words`: no capitals, accents or punctuation.
_GREETINGS: dict[Language, str] = {
    "en": r"(hello+|hi+|hey+|hiya|howdy|yo|greetings|good (morning|afternoon|evening|day))"
    r"( (there|again|all|everyone|archivist|minutebook))?",
    "de": r"(hallo+|hallochen|guten (morgen|tag|abend)|gute nacht|moin( moin)?|servus|gruss gott|gruss dich|gruezi"
    r"|tach)( (du|zusammen|archivar|minutebook))?",
    "fr": r"(bonjour|bonsoir|salut|coucou|allo)( (toi|a tous|archiviste|minutebook))?",
    "es": r"(hola+|buen dia|buenos dias|buenas( tardes| noches)?)( (archivista|minutebook))?",
}
_HOW_ARE_YOU: dict[Language, str] = {
    "en": r"how are you( doing)?( today)?|how is it going|how s it going|what s up|whats up|sup",
    "de": r"wie geht( e)? ?s( dir| ihnen)?|wie gehts( dir| ihnen)?|wie geht es (dir|ihnen)|alles klar|na",
    "fr": r"(comment )?ca va( bien)?|comment (vas tu|tu vas|allez vous)",
    "es": r"(como|que) (estas|esta usted|tal|te va|va)( todo)?",
}
_FAREWELLS: dict[Language, str] = {
    "en": r"(good ?)?bye( bye)?( for now)?|see (you|ya)( later| soon| tomorrow| then)?|cya|good night"
    r"|take care|farewell",
    "de": r"tschuss(i)?|auf wiedersehen|bis (bald|spater|morgen|dann|nachher)|mach s gut|ciao",
    "fr": r"au revoir|a (bientot|plus( tard)?|demain)|bonne (nuit|journee|soiree)|adieu",
    "es": r"adios|hasta (luego|manana|pronto|la vista)|chao|nos vemos",
}
_THANKS: dict[Language, str] = {
    "en": r"(ok |great |perfect )?(many thanks|thanks|thank you|thx|ty|cheers)( (a lot|so much|very much|archivist))*",
    "de": r"(ok |super |prima )?(danke|vielen dank|besten dank|herzlichen dank)( (schon|sehr|dir|ihnen))*",
    "fr": r"(ok |super )?merci( (beaucoup|bien|a toi|a vous))*",
    "es": r"(ok |vale )?(muchas |mil )?gracias",
}
_ABILITIES: dict[Language, str] = {
    "en": r"(can you )?help( me)?( out)?"
    r"|what (all )?(can|could|do) you (all )?(do|offer|know|help( me)? with|answer)( (for|with) me| here| all)?"
    r"|what are you( able to do| capable of| good (at|for))?|what are your (abilities|capabilities|features)"
    r"|who are you|what is (this|minutebook|the archivist)|what s this|who is the archivist"
    r"|how (can|could|do) you help( me)?|how (do|does) (you|this|it|minutebook|the archivist) work"
    r"|how (do|can|should) i (use|ask|talk to) (you|this|it|minutebook|the archivist)"
    r"|what (can|could|should|do) i (do|ask|say|write)( you)?( here| now| first)?",
    "de": r"hilfe|hilf mir|kannst du mir helfen"
    r"|was (alles )?(kannst|konntest) du( denn)?( alles)?( fur mich)?( alles)?( tun| machen)?"
    r"|was konnen sie( alles)?( fur mich)?( tun| machen)?|was machst du|wer (bist du|sind sie)|was (bist du|sind sie)"
    r"|was ist (das( hier)?|minutebook|der archivar)|wie (funktioniert|geht) (das|es|minutebook|der archivar)( hier)?"
    r"|wie funktionierst du|(wobei|wie|womit) (kannst du|konnen sie) mir helfen"
    r"|was kann ich (hier |dich |sie )?(tun|machen|fragen)",
    "fr": r"(a l )?aide( moi)?|au secours|(peux tu|tu peux|pouvez vous) m aider"
    r"|qu est ce que (tu (peux|sais)|vous (pouvez|savez)) faire( pour moi)?"
    r"|que (peux tu|sais tu|pouvez vous|savez vous) faire( pour moi)?|tu (peux|sais) faire quoi( pour moi)?"
    r"|qui es tu|tu es qui|qui etes vous|qu est ce que (c est|minutebook)|c est quoi( minutebook)?"
    r"|comment (ca marche|ca fonctionne|tu fonctionnes|fonctionne minutebook|fonctionnes tu)"
    r"|comment (peux tu|tu peux|pouvez vous) m aider|(a quoi|en quoi) (sers tu|peux tu m aider)",
    "es": r"(me puedes ayudar|puedes ayudarme|ayuda(me)?)"
    r"|que (puedes|sabes|puede|sabe)( usted)? hacer( por mi)?|que haces|quien (eres|es usted)|que eres"
    r"|que es (esto|minutebook)|como (funciona|funcionas|va)( esto| minutebook)?"
    r"|(en|con) que (me )?(puedes|puede) ayudar(me)?|como (me )?(puedes|puede) ayudar(me)?|para que sirves",
}
_CONNECT: dict[Language, str] = {
    "en": r"(how|where|can|could) (do|can|could|should|would|to|i|we|you|one)( i| we| you| one)?( to)? "
    r"(connect|add|set up|setup|link|hook up|configure|integrate|install|use|plug in|enable|activate)\b",
    "de": r"(wie|wo|kann|kannst|konnen)( (kann|konnte|konnen|muss|soll))?( (ich|man|wir|du))? ?.*\b"
    r"(verbinde|verbinden|verbindet|anschliess\w*|schliess\w*|einricht\w*|richt\w*|einbind\w*|binde|fuge|hinzufug\w*"
    r"|konfigurier\w*|nutz\w*|benutz\w*|verwend\w*|anbind\w*)\b",
    "fr": r"(comment|ou)( (je|puis je|peut on|on peut|est ce que je( peux)?|faire pour))? ?.*\b"
    r"(connect\w*|branch\w*|ajout\w*|configur\w*|reli\w*|install\w*|utilis\w*|activ\w*)\b",
    "es": r"(como|donde) ?.*\b(conect\w*|anad\w*|agreg\w*|configur\w*|instal\w*|us[aeo]\w*|utiliz\w*|activ\w*)\b",
}
#: What is connected: models, their makers and servers.
_MODELS = re.compile(
    r"\b(ai|ia|ki|llms?|gpt\w*|chat ?gpt|(sprach)?modell?(e|en|s|es|os|o)?|modeles?|modelos?|openai"
    r"|open ai|claude|anthropic|gemini|google|ollama|llama\w*|lm ?studio|vllm|open ?router|groq|grok|xai|mistral"
    r"|deepseek|qwen|copilot|azure|bedrock|hugging ?face|providers?|anbieter|fournisseurs?|proveedor(es)?"
    r"|api keys?|minutebook)\b"
)
_ARTICLES = (
    r"((a|an|the|my|our|another|new|local|language|to|ein|eine|einen|das|mein|neues|un|une|le|mon|nouveau|una|el|mi"
    r"|nuevo) )*"
)
#: Requests without a question. Their verbs have many uses, so nothing but a model may follow.
_CONNECT_NOW: dict[Language, str] = {
    "en": r"(i (want|need|would like|d like) to |help me( to)? |let me |let s )?"
    r"(connect|add|set up|setup|link|hook up|configure|install|plug in|enable|activate) {model}",
    "de": r"(ich (will|mochte|wurde gerne?) )?({model} (verbinden|anschliessen|einrichten|hinzufugen|einbinden"
    r"|konfigurieren|anbinden)|(verbinde|schliesse?|richte?|binde|fuge|konfiguriere) {model}( an| ein| hinzu)?)",
    "fr": r"(je (veux|voudrais) )?(connect|branch|ajout|configur|reli|install|activ)(e|er|ez) {model}",
    "es": r"(quiero |quisiera )?(conect|anad|agreg|configur|instal|activ)(a|ar|e|ir) {model}",
}

#: A longer text is no fixed phrase.
_LONGEST_PHRASE = 200
_POLITE_PLAIN = r"(please |bitte |s il (te|vous) plait |por favor )?"


def read_request(text: str) -> Request:
    """Return what a message to the archivist asks for."""
    if (language := note_language(text)) is not None:
        return Request("note", language)
    words = plain_words(text[:_LONGEST_PHRASE])
    if len(text) < _LONGEST_PHRASE and (request := _find_phrase(words)) is not None:
        return request
    return Request("search", guess_language(text[:_LONGEST_PHRASE]))


def _find_phrase(words: str) -> Request | None:
    """Return the request of a whole phrase, also after a greeting."""
    if (request := _fixed(words)) is not None:
        return request
    for greeting in _GREETINGS.values():
        rest = re.match(rf"{greeting} (?P<rest>.+)", words)
        if rest and (request := _fixed(rest["rest"])) is not None:
            return request
    return None


def _fixed(words: str) -> Request | None:
    for language, hello in _GREETINGS.items():
        how = _HOW_ARE_YOU[language]
        if re.fullmatch(rf"{hello}|({hello} )?({how})", words):
            return Request("greeting", language)
        if re.fullmatch(rf"({_THANKS[language]}|ok)? ?({_FAREWELLS[language]})", words):
            return Request("farewell", language)
        if re.fullmatch(_THANKS[language], words):
            return Request("thanks", language)
        if re.fullmatch(rf"{_POLITE_PLAIN}({_ABILITIES[language]})( please| bitte)?", words):
            return Request("abilities", language)
    return _connect(words)


def _connect(words: str) -> Request | None:
    """Recognize the question how to connect a model. Other things are connected, too: these are searched for first."""
    model = rf"{_ARTICLES}{_MODELS.pattern}( {_MODELS.pattern})*"
    for language, request in _CONNECT_NOW.items():
        if re.fullmatch(rf"{_POLITE_PLAIN}({request.format(model=model)})( please| bitte)?", words):
            return Request("connect", language)
    for language, pattern in _CONNECT.items():
        if re.match(rf"{_POLITE_PLAIN}({pattern})", words):
            sure = bool(_MODELS.search(words)) or re.fullmatch(rf"{_POLITE_PLAIN}({pattern})", words) is not None
            return Request("connect", language, is_sure=sure)
    return None
