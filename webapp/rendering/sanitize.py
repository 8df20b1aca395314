"""Sanitize HTML with an allowlist of the elements, attributes and classes that the renderer writes."""

from __future__ import annotations

import re
from functools import cache

import nh3

_TEXT = {
    "a", "blockquote", "br", "code", "del", "div", "em", "figcaption", "figure", "h3", "h4", "h5", "h6", "hr",
    "li", "ol", "p", "pre", "s", "span", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
_MATH = {
    "math", "menclose", "merror", "mfenced", "mfrac", "mi", "mmultiscripts", "mn", "mo", "mover", "mpadded",
    "mphantom", "mprescripts", "mroot", "mrow", "ms", "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup",
    "mtable", "mtd", "mtext", "mtr", "munder", "munderover", "none",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title", "class", "target"},
    "div": {"class", "role", "aria-label", "tabindex"},
    "figure": {"class"},
    "li": {"class", "value"},
    "math": {"display"},
    "mo": {
        "class",
        "stretchy",
        "fence",
        "form",
        "separator",
        "lspace",
        "rspace",
        "minsize",
        "maxsize",
        "movablelimits",
        "symmetric",
    },
    "mi": {"mathvariant"},
    "mtable": {"class", "displaystyle", "scriptlevel"},
    "mtd": {"class"},
    "mspace": {"class", "width"},
    "mfrac": {"linethickness", "displaystyle", "scriptlevel"},
    "mrow": {"displaystyle", "scriptlevel"},
    "mpadded": {"width", "height"},
    "code": {"class"},
    "mstyle": {"displaystyle", "scriptlevel"},
    "mover": {"accent"},
    "munder": {"accentunder"},
    "menclose": {"notation"},
    "ol": {"start", "class"},
    "p": {"class"},
    "pre": {"tabindex", "role", "aria-label"},
    "span": {"class", "role", "aria-label", "tabindex"},
    "td": {"class"},
    "th": {"class"},
    "ul": {"class"},
    "*": {"dir"},
}
_CLASSES = {
    "a": {"image"},
    "code": {"tex"},
    "div": {"table", "formula"},
    "figure": {"code"},
    "li": {"task-list-item"},
    "ol": {"contains-task-list"},
    "span": {"formula", "display", "label", "language", "task", "unseen", "address"},
    "ul": {"contains-task-list"},
    "mo": {"tex-bar"},
    "mtable": {"tex-wide", "tex-full-size", "tex-script-size"},
    "mtd": {
        *("tex-left", "tex-right", "tex-flush-left", "tex-flush-right", "tex-apart", "tex-fill"),
        "tex-flush-lines",
        *("tex-line-top", "tex-line-right", "tex-line-bottom", "tex-line-left"),
    },
    "mspace": {"tex-back"},
    "p": {"plain"},
    "td": {"align-left", "align-center", "align-right"},
    "th": {"align-left", "align-center", "align-right"},
}
#: Attributes of formulas whose values could move the following content across the page.
_SIZES = {
    "height", "linethickness", "lspace", "maxsize", "minsize", "rspace", "width",
}  # fmt: skip
_SIZE = re.compile(r"([a-z]+)|(-?(?:\d+\.?\d*|\.\d+))([a-z]{0,3})")
#: How many of each unit make about one em.
_UNITS = {"em": 1, "rem": 1, "ex": 2, "mu": 18, "px": 16, "pt": 12, "pc": 1, "mm": 4, "cm": 0.4, "in": 0.17, "": 1}
_WIDEST = 20


def clean_html(html: str) -> str:
    """Return the HTML without everything that the renderer does not write.

    URLs have the schemes http, https or mailto, or are relative. Links send no referrer.
    """
    return _cleaner().clean(html)


@cache
def _cleaner() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=_TEXT | _MATH,
        attributes=_ATTRIBUTES,
        attribute_filter=_filter_attribute,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )


def _filter_attribute(tag: str, attribute: str, value: str) -> str | None:
    """Return the allowed value of an attribute, or None.

    A message must neither imitate parts of the page nor leave its own area.
    """
    if attribute == "target":
        return value if value == "_blank" else None
    if attribute in _SIZES:
        return value if all(map(_is_small, value.split())) else None
    if attribute != "class":
        return value
    if tag == "span" and value.startswith("c-"):
        return value if " " not in value else None
    allowed = [name for name in value.split() if name in _CLASSES.get(tag, ())]
    return " ".join(allowed) or None


def _is_small(size: str) -> bool:
    """Say whether a size in a formula is a name, or a length from −1 to `_WIDEST` em."""
    match = _SIZE.fullmatch(size)
    return match is not None and (match[2] is None or -1 <= float(match[2]) / _UNITS.get(match[3], 0.01) <= _WIDEST)
