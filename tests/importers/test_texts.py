"""Notes, links and names of exports are shown as they are, whatever characters they have."""

from __future__ import annotations

import html
import re

import pytest

from webapp.importers import texts
from webapp.rendering.markdown import render_markdown

NAMES = [
    "holiday.jpg",
    "a [b] (c) $d$ *e* _f_ g_h__i <j> `k` ~~l~~ |m| &amp; n",
    "\\[x\\] \\(y\\) [z](https://z.test)",
    "$$1$$ and $2, 3$",
    "**bold** # no heading",
    "[ ] [x] ]] [[",
]


def shown(markdown):
    """Return the words of a rendered text; a formula would have other ones."""
    rendered = render_markdown(markdown)
    assert "<math" not in rendered
    return html.unescape(re.sub(r"<[^>]*>", "", rendered)).strip()


@pytest.mark.parametrize("name", NAMES)
def test_a_note_shows_its_name(name):
    note = texts.missing_file(name, "image")

    assert shown(note) == f"[image: {name}, not in the export]"
    assert render_markdown(note).startswith('<p dir="auto"><em>[')
    assert shown(f"Before {note} after") == f"Before [image: {name}, not in the export] after"


@pytest.mark.parametrize("name", NAMES)
def test_a_link_shows_its_label(name):
    rendered = render_markdown(texts.link(name, "https://a.test/(x) y"))

    assert 'href="https://a.test/%28x%29%20y"' in rendered
    # The page adds the host to a label that looks like another one.
    assert shown(texts.link(name, "https://a.test/")).removesuffix(" (a.test)") == name
    assert shown(texts.link(name, "javascript:alert(1)")) == name


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("text", ["x", "```\ny\n```", "~~~\n````", "\\[z\\]"])
def test_a_named_block_shows_its_name_and_text(name, text):
    rendered = render_markdown(texts.named_block(name, text))

    assert rendered.startswith('<p dir="auto"><strong>')
    assert shown(texts.named_block(name, text)) == f"{name}\n{text}"


@pytest.mark.parametrize("name", ["photo.png", "a_b*c [1].png", "50 $ & more", "C:\\x.png"])
def test_a_note_in_a_message_of_a_person_is_plain_text(name):
    message = f"Look\n\n{texts.note(f'image: {name}, not in the export')}\n\nand *[this]* is mine"

    assert texts.plain_notes(message) == f"Look\n\n[image: {name}, not in the export]\n\nand *[this]* is mine"
