"""The text of the composer when the last question of a temporary chat is edited there."""

from __future__ import annotations

from flask import request

#: Between the question and what was typed before it was edited.
_BETWEEN = "\n\n"


def with_question(question: str, typed: str) -> str:
    """Return the question, followed by what is typed already. An edit that goes on stays as it is."""
    if typed.strip() and (is_editing() or _begins(typed, question)):
        return typed
    return _BETWEEN.join((question, typed)) if typed.strip() else question


def unsent(question: str, typed: str) -> str:
    """Return what is typed and in no message: without the question that was to be edited."""
    return typed[len(question) :].removeprefix(_BETWEEN) if is_editing() and _begins(typed, question) else typed


def is_editing() -> bool:
    """Return whether the next message replaces the last turn."""
    return "replaces" in request.form


def _begins(typed: str, question: str) -> bool:
    return typed == question or typed.startswith(question + _BETWEEN)
