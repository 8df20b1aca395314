"""From a message's Markdown to HTML that is safe to show. Pure: no database, no request."""

from webapp.rendering.growing import GrowingMarkdown
from webapp.rendering.markdown import VERSION, render_markdown
from webapp.rendering.plain import plain_text

__all__ = ["VERSION", "GrowingMarkdown", "plain_text", "render_markdown"]
