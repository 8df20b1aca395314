"""What is found by which words, on both databases."""

from __future__ import annotations

import pytest

from tests.support.cast import chat
from webapp.services.search.query import parse
from webapp.services.search.searching import search

FOUND = [
    ("The boilers were running", "boiler "),
    ("The boilers were running", '"boilers were"'),
    ("Café in Zürich", "cafe zurich"),
    ("我们在北京吃饭", "北京"),
    ("สวัสดีครับ", "วัส"),
    ("서울에서 만나요", "에서"),
    ("Learn C++ today", "C++"),
    ("Learn C# today", "c#"),
    ("A party 🎉 tonight", "🎉"),
    ("We write a-b here", "a-b"),
]
LEFT_OUT = [
    ("The boilers were running", '"were boilers"'),
    ("The boiler in the cellar", "boiler -cellar"),
    ("我们在北京吃饭", "京北"),
    ("Learn C today", "C++"),
    ("A party tonight", "🎉"),
]


@pytest.mark.parametrize(("content", "words"), FOUND)
def test_words_find_a_message(user, content, words):
    chat(user, content, title="x")
    page = search(user, parse(words))
    assert page.all_words
    assert [hit.idx for hit in page.data] == [0]


@pytest.mark.parametrize(("content", "words"), LEFT_OUT)
def test_words_do_not_find_a_message(user, content, words):
    chat(user, content, title="x")
    page = search(user, parse(words))
    assert not (page.all_words and page.data)


@pytest.mark.parametrize("text", ['"', "foo AND", 'it"s', "NEAR(", "(", "*", "-", ":", "role:", "a:b", "'; --", "tag:"])
@pytest.mark.parametrize("order", ["best", "newest"])
def test_nothing_that_is_typed_is_an_error(user, text, order):
    chat(user, "The boiler")
    assert search(user, parse(text), order=order).next is None
