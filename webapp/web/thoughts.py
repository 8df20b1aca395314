"""The reasoning of an answer on the page: folded, with the time that it took."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from flask import Flask

    from webapp.services.live import Thought

_PARTIALS = Markup(
    '<hx-partial hx-target="#live-thought-label" hx-swap="innerHTML">{label}</hx-partial>'
    '<hx-partial hx-target="#live-thought" hx-swap="innerHTML">{text}</hx-partial>'
)


def init_app(app: Flask) -> None:
    app.add_template_filter(thought_label)


def thought_html(thought: Thought) -> str:
    """Return the partials that show the reasoning of a growing answer; nothing if there is none."""
    if not thought.text.strip():
        return ""
    label = thinking_label(thought.seconds) if thought.is_open else thought_label(thought.seconds)
    return str(_PARTIALS.format(label=label, text=escape(thought.text.strip())))


def thinking_label(seconds: float) -> str:
    return f"Thinking… {_duration(seconds)}" if seconds >= 1 else "Thinking…"


def thought_label(seconds: float | None) -> str:
    if seconds is None:
        return "Thought"
    return f"Thought for {_duration(seconds)}" if seconds >= 1 else "Thought for a moment"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
