"""Render the Markdown of a message to safe HTML, without the database and without a request."""

from webapp.rendering.markdown import VERSION, Formatted, format_markdown, format_plain, render_markdown
from webapp.rendering.plain import plain_text
from webapp.rendering.streaming import GrowingMarkdown
from webapp.rendering.too_complex import is_plain, with_source

__all__ = [
    "VERSION",
    "Formatted",
    "GrowingMarkdown",
    "format_markdown",
    "format_plain",
    "is_plain",
    "plain_text",
    "render_markdown",
    "with_source",
]
