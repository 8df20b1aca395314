"""A Jinja extension that joins wrapped tags. Templates have one attribute per line, pages one tag per line."""

from __future__ import annotations

import re

from jinja2.ext import Extension

#: Templates indent nothing but attributes, by four columns.
_BEFORE_ATTRIBUTE = re.compile(r"\n {4}(?=[^ ])")


class TagsOnOneLine(Extension):
    """Joins the lines of each tag when a template is compiled, so that pages do not contain the indentation."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002
        return _BEFORE_ATTRIBUTE.sub(" ", source)
