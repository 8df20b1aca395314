"""Templates wrap long tags, an attribute a line; pages have each tag on one line."""

from __future__ import annotations

import re

from jinja2.ext import Extension

#: Only attributes are indented by four columns.
_BEFORE_ATTRIBUTE = re.compile(r"\n {4}(?=[^ ])")


class TagsOnOneLine(Extension):
    """Joins the lines of a tag when a template is compiled: a page carries no spaces for its authors."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002
        """Return a template's source with its tags on one line each."""
        return _BEFORE_ATTRIBUTE.sub(" ", source)
