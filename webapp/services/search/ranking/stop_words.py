"""Words that say nothing about the subject of a question."""

from __future__ import annotations

from webapp.services.search.index.words import words_in


def _words(text: str) -> frozenset[str]:
    return frozenset(word.letters for word in words_in(text))


#: Words of grammar in English, German, French and Spanish.
STOP_WORDS = _words(
    """
    a about after again all also am an and any are as at be because been before being between both but by can could did
    do does doing done for from get had has have having he her here him his how i if in into is it its just let like
    make me more most my no not now of on once only or other our out over please put said same say she should so some
    such than that the their them then there these they thing things think this those time to too under until up
    us very was we were what when where which while who whom whose why will with would you your yours
    according hello hi per
    aber als am an auch auf aus bei bin bis bist da das dass dein dem den der des die dies doch du durch ein eine
    einem einen einer es euch für hab habe haben hat hatte ich ihr im in ist ja kann kein mein mich mir mit nach nicht
    noch nun nur oder schon sein sich sie sind so um und uns von vor wann war warum was weil wenn wer werden wie wir
    wird wo zu zum zur bitte hallo
    au aux avec ce ces dans de des du elle en est et eux il je la le les leur lui ma mais me mes moi mon ne nos notre
    nous on ou par pas pour qu que qui sa se ses son sur ta te tes toi ton tu un une vos votre vous
    bonjour combien comment quand quel quelle quels quelles
    con de del el ella en entre era es esta este fue ha la las lo los más mi muy no nos o para pero por que se sin
    sobre su sus te tu un una y ya yo
    cuando cuanto cuánto cuántos donde dónde hola qué quién
    s t ll ve re d m
    """
)

#: Words of the question itself: what to look for, where, and how to answer.
FILLERS = _words(
    """
    ask asked asking tell told talk talked talking mention mentioned discuss discussed discussion give gave given show
    find found remember remind recall know many much everything order several across conversation conversations chat
    chats message messages ago already ever first last latest recent recently previous previously earlier decide
    decided suggest suggested recommend recommended recommendation remind reminded looking back wondering want wanted
    need help can check going
    alles finde fragte gefragt gesagt sag sagte viel viele weißt zeig zeige erinnere erste ersten letzte letzten
    gespräch gespräche entschieden empfohlen
    demandé dit montre trouve premier première dernier dernière conversation
    dije dime encuentra muestra primera última conversación
    """
)

#: Characters of Chinese and Japanese grammar. A pair of characters with one of them is no subject.
FUNCTION_CHARACTERS = frozenset(
    "的了吗是什么我你他她它们在有和就不也这那个呢吧啊把被给过着得地怎哪谁几のはがをにでとも"
)
