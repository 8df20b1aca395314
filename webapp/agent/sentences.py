"""The archivist's sentences in four languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.agent.language import Language

#: The page on which administrators connect models.
MODELS = "/settings/models"


class Sentences(NamedTuple):
    """`kept` has `{number}`; `one` and `many` have `{count}` and `{oldest}`; `date` has day, month and year."""

    greeting: str
    farewell: str
    thanks: str
    abilities: str
    connect: str
    kept: str
    not_kept: str
    nothing: str
    one: str
    many: str
    date: str
    months: tuple[str, ...]


def date_text(sentences: Sentences, moment: datetime) -> str:
    return sentences.date.format(day=moment.day, month=sentences.months[moment.month - 1], year=moment.year)


SENTENCES: dict[Language, Sentences] = {
    "en": Sentences(
        greeting="Hello. I am the archivist: I find and quote what is in your messages. Ask me about something that "
        "you have kept here, or write “Remember: …” to keep a note.",
        farewell="Goodbye.",
        thanks="You are welcome.",
        abilities="I am the archivist. I find what was said in your messages, and quote it with its date and a link. "
        "I keep notes: write “Remember: the spare key is at number 14”, and ask me later where the spare key is. I "
        "am no language model: I cannot reason, summarize or translate, and I know only your messages.\n\n"
        f"For new answers, an administrator connects a model under [Settings → Models]({MODELS}).",
        connect=f"An administrator connects a model under [Settings → Models]({MODELS}): choose a service or enter "
        "an address, test it, and save. Ollama, LM Studio, llama.cpp and vLLM run on your own machine. OpenAI, "
        "Anthropic, Google, Mistral, OpenRouter, Groq and DeepSeek need a key. If you are not an administrator, ask "
        "the person who gave you your account.",
        kept="Kept as message {number}.",
        not_kept="This chat is not stored, so I cannot keep a note here.",
        nothing="I found nothing in your messages that shares words with this.\n\nI am the archivist: I only quote "
        f"what you have kept here. For other answers, an administrator connects a model under [Settings → "
        f"Models]({MODELS}).",
        one="1 passage from your messages, oldest {oldest}:",
        many="{count} passages from your messages, oldest {oldest}:",
        date="{day} {month} {year}",
        months=tuple("January February March April May June July August September October November December".split()),
    ),
    "de": Sentences(
        greeting="Hallo. Ich bin der Archivar: Ich finde und zitiere, was in deinen Nachrichten steht. Frag mich nach "
        "etwas, das du hier aufbewahrst, oder schreib „Merke: …“, um eine Notiz festzuhalten.",
        farewell="Auf Wiedersehen.",
        thanks="Gern geschehen.",
        abilities="Ich bin der Archivar. Ich finde, was in deinen Nachrichten steht, und zitiere es mit Datum und "
        "Link. Ich bewahre Notizen auf: Schreib „Merke: Der Ersatzschlüssel ist bei Nummer 14“ und frag mich später, "
        "wo der Ersatzschlüssel ist. Ich bin kein Sprachmodell: Ich kann nicht schließen, zusammenfassen oder "
        "übersetzen, und ich kenne nur deine Nachrichten.\n\n"
        f"Für neue Antworten verbindet ein Administrator ein Modell unter [Settings → Models]({MODELS}).",
        connect=f"Ein Administrator verbindet ein Modell unter [Settings → Models]({MODELS}): einen Dienst wählen oder "
        "eine Adresse eingeben, testen und speichern. Ollama, LM Studio, llama.cpp und vLLM laufen auf dem eigenen "
        "Rechner. OpenAI, Anthropic, Google, Mistral, OpenRouter, Groq und DeepSeek brauchen einen Schlüssel. Wenn du "
        "kein Administrator bist, frag die Person, von der du dein Konto hast.",
        kept="Aufbewahrt als Nachricht {number}.",
        not_kept="Dieser Chat wird nicht gespeichert, also kann ich hier keine Notiz aufbewahren.",
        nothing="In deinen Nachrichten steht nichts, das Wörter mit dieser Frage teilt.\n\nIch bin der Archivar: Ich "
        "zitiere nur, was du hier aufbewahrst. Für andere Antworten verbindet ein Administrator ein Modell unter "
        f"[Settings → Models]({MODELS}).",
        one="1 Stelle aus deinen Nachrichten, vom {oldest}:",
        many="{count} Stellen aus deinen Nachrichten, die älteste vom {oldest}:",
        date="{day}. {month} {year}",
        months=tuple("Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split()),
    ),
    "fr": Sentences(
        greeting="Bonjour. Je suis l’archiviste : je retrouve et je cite ce qui est dans vos messages. Demandez-moi "
        "quelque chose que vous avez gardé ici, ou écrivez « Retiens : … » pour garder une note.",
        farewell="Au revoir.",
        thanks="Je vous en prie.",
        abilities="Je suis l’archiviste. Je retrouve ce qui a été dit dans vos messages, et je le cite avec sa date "
        "et un lien. Je garde des notes : écrivez « Retiens : la clé de secours est au numéro 14 », et demandez-moi "
        "plus tard où est la clé de secours. Je ne suis pas un modèle de langage : je ne sais ni raisonner, ni "
        "résumer, ni traduire, et je ne connais que vos messages.\n\n"
        "Pour obtenir de nouvelles réponses, un administrateur connecte un modèle sous "
        f"[Settings → Models]({MODELS}).",
        connect=f"Un administrateur connecte un modèle sous [Settings → Models]({MODELS}) : choisir un service ou "
        "saisir une adresse, tester, enregistrer. Ollama, LM Studio, llama.cpp et vLLM fonctionnent sur votre propre "
        "machine. OpenAI, Anthropic, Google, Mistral, OpenRouter, Groq et DeepSeek demandent une clé. Si vous n’êtes "
        "pas administrateur, demandez à la personne qui vous a donné votre compte.",
        kept="Gardé comme message {number}.",
        not_kept="Cette discussion n’est pas enregistrée : je ne peux pas garder de note ici.",
        nothing="Je n’ai rien trouvé dans vos messages qui partage des mots avec ceci.\n\nJe suis l’archiviste : je "
        "cite seulement ce que vous avez gardé ici. Pour d’autres réponses, un administrateur connecte un modèle sous "
        f"[Settings → Models]({MODELS}).",
        one="1 passage de vos messages, du {oldest} :",
        many="{count} passages de vos messages, le plus ancien du {oldest} :",
        date="{day} {month} {year}",
        months=tuple("janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()),
    ),
    "es": Sentences(
        greeting="Hola. Soy el archivista: encuentro y cito lo que hay en tus mensajes. Pregúntame por algo que hayas "
        "guardado aquí, o escribe «Recuerda: …» para guardar una nota.",
        farewell="Adiós.",
        thanks="De nada.",
        abilities="Soy el archivista. Encuentro lo que se dijo en tus mensajes, y lo cito con su fecha y un enlace. "
        "Guardo notas: escribe «Recuerda: la llave de repuesto está en el número 14», y pregúntame después dónde está "
        "la llave de repuesto. No soy un modelo de lenguaje: no sé razonar, resumir ni traducir, y solo conozco tus "
        "mensajes.\n\n"
        f"Para obtener respuestas nuevas, un administrador conecta un modelo en [Settings → Models]({MODELS}).",
        connect=f"Un administrador conecta un modelo en [Settings → Models]({MODELS}): elegir un servicio o escribir "
        "una dirección, probarla y guardarla. Ollama, LM Studio, llama.cpp y vLLM funcionan en tu propio equipo. "
        "OpenAI, Anthropic, Google, Mistral, OpenRouter, Groq y DeepSeek necesitan una clave. Si no eres "
        "administrador, pregunta a la persona que te dio tu cuenta.",
        kept="Guardado como mensaje {number}.",
        not_kept="Este chat no se guarda, así que aquí no puedo guardar una nota.",
        nothing="No he encontrado nada en tus mensajes que comparta palabras con esto.\n\nSoy el archivista: solo cito "
        f"lo que has guardado aquí. Para otras respuestas, un administrador conecta un modelo en [Settings → "
        f"Models]({MODELS}).",
        one="1 pasaje de tus mensajes, del {oldest}:",
        many="{count} pasajes de tus mensajes, el más antiguo del {oldest}:",
        date="{day} de {month} de {year}",
        months=tuple(
            "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split()
        ),
    ),
}
