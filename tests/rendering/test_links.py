"""Links say where they lead, and pictures stay where they are until somebody asks for them."""

from __future__ import annotations

import re

import pytest

from tests.rendering.seen import Seen
from webapp.rendering import GrowingMarkdown, render_markdown


def words(source):
    return Seen(render_markdown(source)).words.strip()


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("[https://bank.example](https://evil.example)", "https://bank.example (evil.example)"),
        ("[https://bank.example/login](https://evil.example/login)", "https://bank.example/login (evil.example)"),
        ("[bank.example](https://evil.example)", "bank.example (evil.example)"),
        ("[your **bank.example** page](https://evil.example)", "your bank.example page (evil.example)"),
        ("[https://**bank**.example](https://evil.example)", "https://bank.example (evil.example)"),
        ("[`bank.example`](https://evil.example)", "bank.example (evil.example)"),
        ("[(bank.example).](https://evil.example)", "(bank.example). (evil.example)"),
        ("[BANK\uff0eExample](https://evil.example)", "BANK\uff0eExample (evil.example)"),
        ("[bank\u3002example](https://evil.example)", "bank\u3002example (evil.example)"),
        ("[https:bank.example](https://evil.example)", "https:bank.example (evil.example)"),
        ("[//localhost](https://evil.example)", "//localhost (evil.example)"),
        ("[10.0.0.1](https://evil.example)", "10.0.0.1 (evil.example)"),
        ("[me@bank.example](mailto:me@evil.example)", "me@bank.example (evil.example)"),
        ("[bank.example](//evil.example)", "bank.example (evil.example)"),
        ("[https://bank.example](/sessions)", "https://bank.example (/sessions)"),
        ("[https://bank.example][r]\n\n[r]: https://evil.example", "https://bank.example (evil.example)"),
        ("https://bank.example@evil.example/", "https://bank.example@evil.example/ (evil.example)"),
        ("https://b\u0430nk.example", "https://b\u0430nk.example (xn--bnk-6cd.example)"),
    ],
)
def test_a_link_that_looks_like_another_address_says_where_it_leads(source, shown):
    assert words(source) == shown


@pytest.mark.parametrize(
    "source",
    [
        "[https://bank.example](https://bank.example/login)",
        "[bank.example](https://www.bank.example)",
        "[www.bank.example:8080/a.b](http://bank.example:8080)",
        "[me@bank.example](mailto:me@bank.example)",
        "[the docs, version 1.2, i.e. the new ones](https://evil.example)",
        "[and/or: 3.50](https://evil.example)",
        "[below](#end)",
    ],
)
def test_a_link_of_plain_words_or_with_its_own_address_is_left_alone(source):
    assert words(source) == re.match(r"\[(.*)\]", source)[1]


def test_a_bare_address_is_left_alone():
    assert words("https://github.com/a/README.md") == "https://github.com/a/README.md"


@pytest.mark.parametrize("source", ["[](https://evil.example/a)", "[\u200b ](https://evil.example/a)"])
def test_a_link_without_words_shows_its_address(source):
    assert words(source) == "https://evil.example/a"


@pytest.mark.parametrize("mark", ["\u202e", "\u202d", "\u202b", "\u2067", "\u200f"])
def test_what_turns_text_turns_no_address(mark):
    html = render_markdown(f"{mark}[a{mark}moc.knab//:sptth](https://evil.example) https://evil.example/{mark}gpj.exe")

    first, second = re.findall(r"<a (.*?)>(.*?)</a>( <span.*?>\(.*?\)</span>)?", html)
    assert mark not in first[1] + second[1]
    assert "(evil.example)" in first[2]
    assert 'dir="ltr"' in first[0]
    assert 'dir="ltr"' in second[0]


def test_every_link_keeps_its_direction_to_itself_and_tells_the_other_side_nothing():
    html = render_markdown("[a](/b) https://c.example <d@e.example> ![f](g) [h]\n\n[h]: https://i.example")

    links = re.findall("<a .*?>", html)
    assert len(links) == 5
    assert all('rel="noopener noreferrer nofollow"' in link for link in links)
    assert all("dir=" in link for link in links if "image" not in link)


def test_an_image_says_that_it_was_not_loaded_and_opens_in_another_tab():
    html = render_markdown("![a cat](https://e.example/cat.png?a=1&b=2 'title')")

    assert Seen(html).words.strip() == "Image: a cat: title (not loaded) https://e.example/cat.png?a=1&b=2"
    assert ("a", "href", "https://e.example/cat.png?a=1&b=2") in Seen(html).attributes
    assert ("a", "target", "_blank") in Seen(html).attributes
    assert ("a", "rel", "noopener noreferrer nofollow") in Seen(html).attributes


def test_a_very_long_address_loses_its_middle_but_never_its_host():
    host = "https://" + "bank.example." * 12 + "evil.example"
    shown = words(f"![x]({host}/{'a' * 900}/end.png)")

    assert host + "/aaa" in shown
    assert "aaa…aaa" in shown
    assert shown.endswith("/end.png")
    assert len(shown) < len(host) + 200


def test_who_signs_in_within_an_address_does_not_stand_before_its_host():
    assert words("![x](https://bank.example:pay@evil.example/x)").endswith("https://…@evil.example/x")


def test_an_image_in_a_link_comes_before_it_and_both_can_be_opened():
    html = render_markdown("[![Build](https://img.example/b.svg)](https://ci.example/x)")

    assert Seen(html).words.split() == "Image: Build (not loaded) https://img.example/b.svghttps://ci.example/x".split()
    assert re.findall('href="(.*?)"', html) == ["https://img.example/b.svg", "https://ci.example/x"]


@pytest.mark.parametrize("source", ["![x]()", "![x](data:image/png;base64,AAAA)"])
def test_an_image_without_an_address_to_go_to_is_no_link(source):
    html = render_markdown(source)

    assert words(source).startswith("Image: x (not loaded)")
    assert "href" not in html


@pytest.mark.parametrize(
    "text",
    [
        "see [bank.example](https://evil.example) there",
        "see ![a cat](https://e.example/cat.png) there",
    ],
)
def test_a_link_that_grows_leads_nowhere_else_than_when_it_is_whole(text):
    """While its address comes in, it may be plain text; it is never a link to a part of the address."""
    growing, written = GrowingMarkdown(), set(re.findall(r"\((https:[^)]*)\)", text))
    pictures = [growing.render(text[:length]) for length in range(len(text) + 1)]

    assert _targets(pictures[-1]) == _targets(render_markdown(text)) != set()
    assert all(_targets(picture) <= written for picture in pictures)


def _targets(html):
    return set(re.findall(r'href="([^"]*)"', html))


@pytest.mark.parametrize(
    "text",
    [
        "callbacks[0](event) and arr[i](x)", "See [note](TODO)", "[this](README.md)", "[empty]()", "[t](https://)", "[x](#)", "f[0](a, b)",
        "[t](www/a.html)", "[t](ftp://a.b/c)", "[t](tel:+49)", "[t](javascript:alert)", '[t](x "title")', "[t](?a=1)", "[t]( )", "[t](https:///a)",
        "<xsl:template>", "<soap:Envelope>", "<v-on:click>", "<std::vector>", "<foo:bar>", "<https:foo>", "<mailto:>", "<a:b@c.d>",
        "ftp://a.b/c", "<ftp://a.b/c>", "std::map<std::string, T>",
    ],
)  # fmt: skip
def test_what_leads_nowhere_is_text_as_it_was_written(text):
    html = render_markdown(f"So {text} there")

    assert "a" not in Seen(html).tags
    assert Seen(html).words.strip() == f"So {text} there"


@pytest.mark.parametrize("text", ["callbacks[0](event) and", "see [note](TODO) there", "a [b](README.md) c"])
def test_what_leads_nowhere_is_text_while_it_grows(text):
    growing = GrowingMarkdown()
    pictures = [Seen(growing.render(text[:length])).words.strip() for length in range(len(text) + 1)]

    assert pictures[text.index("](") + 3] == text[: text.index("](") + 3]
    assert pictures[-1] == text


@pytest.mark.parametrize(
    ("source", "address"),
    [
        ("[a](/messages/3)", "/messages/3"),
        ("[a](/sessions/2#message-3)", "/sessions/2#message-3"),
        ("[a](/settings/models)", "/settings/models"),
        ("[a](#end)", "#end"),
        ("[a](mailto:a@b.example)", "mailto:a@b.example"),
        ("[a]( <https://b.example/c d> 'title' )", "https://b.example/c%20d"),
        ("[a](HTTPS://b.example)", "HTTPS://b.example"),
        ("[a][1] [1](x)\n\n[1]: https://b.example", "https://b.example"),
        ("<https://b.example/c>", "https://b.example/c"),
        ("<a@b.example>", "mailto:a@b.example"),
    ],
)
def test_what_leads_somewhere_is_a_link(source, address):
    assert address in _targets(render_markdown(source))


def test_an_image_without_a_host_shows_its_address_and_is_no_link():
    html = render_markdown("![chart](chart.png)")

    assert Seen(html).words.strip() == "Image: chart (not loaded) chart.png"
    assert not _targets(html)
