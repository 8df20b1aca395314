"""From a message's Markdown to HTML that is safe to show. Pure: no database, no request."""

from webapp.rendering.markdown import VERSION, render_markdown

__all__ = ["VERSION", "render_markdown"]
