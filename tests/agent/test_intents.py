"""What the archivist understands without a search: fixed phrases in four languages, whatever their case and marks."""

import pytest

from webapp.agent.intents import Request, read_request
from webapp.agent.language import guess_language
from webapp.agent.notes import is_note

PHRASES = {
    ("greeting", "en"): ["Hello", "hello!!!", "HELLO.", "Hi", "hi there", "Hey…", "good morning", "Hellooo", "Hi, how are you?"],
    ("greeting", "de"): ["Hallo", "HALLO!", "Guten Tag", "guten   morgen.", "Moin moin", "Grüß Gott", "Hallo, wie geht's?"],
    ("greeting", "fr"): ["Bonjour", "bonjour !", "Salut", "BONSOIR", "Bonjour, ça va ?", "coucou"],
    ("greeting", "es"): ["Hola", "¡Hola!", "buenos días", "Buenas tardes.", "hola, ¿qué tal?", "BUENAS"],
    ("farewell", "en"): ["bye", "Goodbye!", "See you later", "Thanks, bye", "good night"],
    ("farewell", "de"): ["Tschüss", "auf Wiedersehen!", "Bis morgen"],
    ("farewell", "fr"): ["Au revoir !", "à bientôt", "Merci, au revoir"],
    ("farewell", "es"): ["¡Adiós!", "hasta luego", "Hasta mañana"],
    ("thanks", "en"): ["Thanks", "thank you!", "Many thanks."],
    ("thanks", "de"): ["Danke", "vielen Dank!", "Danke schön"],
    ("thanks", "fr"): ["Merci", "merci beaucoup !"],
    ("thanks", "es"): ["gracias", "¡Muchas gracias!"],
    ("abilities", "en"): ["What can you do?", "what can you do for me", "WHAT CAN YOU DO???", "Hi, what can you do?", "Who are you?", "help", "How does this work?", "Can you help me?"],
    ("abilities", "de"): ["Was kannst du?", "Was kannst du für mich tun?", "was kannst du alles", "Wer bist du?", "Hilfe!", "Wie funktioniert das?"],
    ("abilities", "fr"): ["Que peux-tu faire ?", "Qu'est-ce que tu peux faire pour moi ?", "Qui es-tu ?", "aide", "Comment ça marche ?"],
    ("abilities", "es"): ["¿Qué puedes hacer?", "que puedes hacer por mi", "¿Quién eres?", "Ayuda", "¿Cómo funciona esto?"],
    ("connect", "en"): ["How do I connect a model?", "how do i connect chatgpt", "How can I add Ollama?", "How do I connect …", "Please, how do I connect Claude?", "How to connect", "connect a model", "Add Ollama", "please set up my OpenAI API key", "I want to connect a local LLM"],
    ("connect", "de"): ["Wie verbinde ich ein Modell?", "wie schließe ich Ollama an", "Wie kann ich ChatGPT anschließen?", "Wie richte ich ein Modell ein?", "Modell verbinden", "Verbinde ein Modell", "Schließe Ollama an"],
    ("connect", "fr"): ["Comment connecter un modèle ?", "comment puis-je connecter Mistral", "Comment ajouter Claude ?", "connecter un modèle", "Ajoute Mistral"],
    ("connect", "es"): ["¿Cómo conecto un modelo?", "como puedo conectar chatgpt", "¿Cómo añado Ollama?", "conectar un modelo", "Añade Ollama"],
    ("note", "en"): ["Remember: the key is at 14.", "REMEMBER : x", "remember – the key", "Please remember: x", "Remember that the key is at 14", "Don't forget: milk", "Note: milk", "Remember: “quoted”", "Remember the key is under the mat", "hi, remember: x", "Hello! Remember that x is y", "note to self: x", "- remember: x", "1. **Remember:** x", "Remember to buy milk", "don't forget Emma's train is at 9", "Keep in mind the shop closes at 6", "Reminder: milk"],
    ("note", "de"): ["Merke: der Schlüssel", "merk dir: x", "Merk dir, dass Emma um 9 kommt", "Notiz: Milch", "Nicht vergessen: Milch", "- Merke: x", "Hallo, merk dir: x", "Merk dir, der Schlüssel liegt unter der Matte", "Memo: der Schlüssel ist bei Anna", "Notiz an mich: Milch"],
    ("note", "fr"): ["Retiens : la clé", "Souviens-toi : la clé", "souviens-toi que la clé est au 14", "N'oublie pas : le lait", "Note : le lait", "- Retiens : la clé", "Bonjour, retiens : la clé", "Note à moi-même : la clé", "N'oublie pas d'acheter du lait", "Retiens qu'il vient à 9 h"],
    ("note", "es"): ["Recuerda: la llave", "recuerda que la llave está en el 14", "Anota: leche", "Acuérdate de que la llave está en el 14", "Acuérdate de comprar leche", "¡Recuerda: la llave!", "Hola, recuerda: la llave", "Nota: la llave es de Ana"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("intent", "language", "text"), [(*key, text) for key, texts in PHRASES.items() for text in texts]
)
def test_a_phrase_is_understood_in_its_language(intent, language, text):
    assert read_request(text) == Request(intent, language)
    assert is_note(text) == (intent == "note")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Where is the spare key?", "en"),
        ("Wo ist der Schlüssel?", "de"),
        ("Où est la clé ?", "fr"),
        ("¿Dónde está la llave?", "es"),
        ("boiler", "en"),
        ("王老师的感谢信", "en"),
        ("wann habe ich den Einspruch geschickt", "de"),
        ("Hello, where is the boiler?", "en"),
        ("What can you do about the boiler?", "en"),
        ("Who are you going to invite?", "en"),
        ("What did Anna say about help with the house?", "en"),
        ("Do you remember the key?", "en"),
        ("Remember when we met?", "en"),
        ("Remember when the house was sold", "en"),
        ("Remember what the key is for", "en"),
        ("remember the trip to Brittany", "en"),
        ("Do you remember where the key is?", "en"),
        ("I remember the key is somewhere", "en"),
        ("Remember the key is under the mat?", "en"),
        ("¿Recuerdas la llave?", "es"),
        ("Recuerdas la llave", "es"),
        ("¿Te acuerdas de la llave?", "es"),
        ("Te souviens-tu de la clé ?", "fr"),
        ("Rappelle-moi la clé", "fr"),
        ("Erinnerst du dich an den Schlüssel?", "de"),
        ("Note to the editor about the boiler", "en"),
        ("recuerda ayer", "es"),
        ("add milk to the list", "en"),
        ("connect the hose", "en"),
        ("install llama statues in the garden", "en"),
        ("bye-laws of the club", "en"),
        ("Zürich", "en"),
        ("Remember that we went to Brittany?", "en"),
        ("Note-taking apps", "en"),
        ("remember", "en"),
        ("Remember:", "en"),
        ("Thanks to whom do we have the house?", "en"),
        ("", "en"),
    ],
)
def test_everything_else_is_searched(text, language):
    assert read_request(text) == Request("search", language)
    assert not is_note(text)


@pytest.mark.parametrize("text", ["How do I connect the hose to the tap?", "Wie benutze ich den Backofen?"])
def test_what_may_not_be_a_model_is_not_sure(text):
    request = read_request(text)
    assert (request.intent, request.is_sure) == ("connect", False)


def test_a_long_text_is_no_phrase_and_is_read_fast():
    for text in (
        "hello " * 20_000,
        "How can I use the following? " + "a" * 99_000,
        "Remember " + " " * 90_000,
        "Remember please" + " " * 90_000,
        "- " * 50_000,
        "Remember " + "a " * 50_000,
    ):
        assert read_request(text).intent == "search"


def test_the_language_of_a_tie_is_english():
    assert guess_language("la boda") == "en"
    assert guess_language("la boda y el baile") == "es"
    assert guess_language("") == "en"
