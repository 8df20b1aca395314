"""Whatever stands in a message or a title: nothing runs, nothing is fetched, and nothing leaves its place."""

from __future__ import annotations

import re
from itertools import batched
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.accounts import ALICE
from tests.browser.test_chat import send
from tests.hostile import HOSTILE, MESSAGES, TITLES
from webapp import create_app
from webapp.config import Settings
from webapp.extensions import db
from webapp.services.sessions import create_session
from webapp.services.turns import append_turn
from webapp.services.values import NewMessage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Page, Request

    from tests.browser.book import Book
    from tests.browser.conftest import Shelf
    from tests.browser.provider import Puppet

pytestmark = pytest.mark.browser

#: All that the pages themselves ask for, and what the test opens.
OWN = re.compile(
    r"/assets/|/static/icon\.svg$|/search\?q=\w+$|/chat$|/(?:sessions|chat)$"
    r"|/sessions\?cursor=|/sessions/[0-9a-f-]{36}(?:/live|/news|/title|/retries)?(?:\?(?!.*tripwire)|$)"
)

#: Before any script of the page: notes whatever runs, and whatever the page's policy refuses.
TRIPWIRE = """
window.tripped = [];
for (const name of ["trip", "alert", "confirm", "prompt", "open", "print"])
  window[name] = (...words) => { tripped.push(name + " " + words); };
addEventListener("securitypolicyviolation", event =>
  tripped.push(`refused ${event.violatedDirective} ${event.blockedURI} ${event.sample}`), true);
"""

#: What is wrong with the page as it stands: a sentence each.
INSPECT = r"""
() => {
  const wrong = [...tripped];
  const say = (what, where) => wrong.push(`${what}: ${(where.closest("article, li") ?? where).outerHTML.slice(0, 300)}`);
  const tags = new Set(("a blockquote br code del div em figcaption figure h3 h4 h5 h6 hr li ol p pre s span strong table tbody td th thead tr ul " +
    "math menclose merror mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms mspace msqrt mstyle msub msubsup msup " +
    "mtable mtd mtext mtr munder munderover none").split(" "));
  const attributes = new Set(("class dir href rel target title role aria-label tabindex start display stretchy fence form separator lspace rspace minsize " +
    "maxsize movablelimits mathvariant columnalign rowspacing columnspacing columnspan width linebreak linethickness displaystyle scriptlevel accent " +
    "accentunder notation").split(" "));
  const clips = element => {
    const style = getComputedStyle(element);
    return style.overflowX !== "visible" || style.contain.includes("paint") || style.contentVisibility === "auto";
  };
  // Each message is clipped to its article, also while it is not on the screen; it is laid out here to be measured.
  for (const article of document.querySelectorAll(".minute")) if (!clips(article)) say("not clipped", article);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(".minute { content-visibility: visible !important; contain: layout style paint; }");
  document.adoptedStyleSheets = [sheet];

  const isWithin = (box, around) => box.left >= around.left - 1 && box.right <= around.right + 1;
  const isClipped = (element, until) => {
    for (let at = element.parentElement; at !== until.parentElement; at = at.parentElement)
      if (clips(at)) return isWithin(at.getBoundingClientRect(), until.getBoundingClientRect());
    return false;
  };
  for (const body of document.querySelectorAll(".said .prose, .said .plain")) {
    const article = body.closest("article");
    const around = article.getBoundingClientRect();
    if (article.scrollWidth < 1) say("has no width", article);
    for (const element of [body, ...body.querySelectorAll("*")]) {
      if (element !== body) {
        if (!tags.has(element.localName)) say(`element ${element.localName}`, element);
        for (const { name } of element.attributes) if (!attributes.has(name)) say(`attribute ${name}`, element);
        if (element.namespaceURI.endsWith("html") && element.hasAttribute("form")) say("attribute form", element);
        if (element.href && !["http:", "https:", "mailto:"].includes(element.protocol)) say("leads to " + element.href, element);
        if (element.href && !element.rel.includes("noopener noreferrer nofollow")) say("link without rel", element);
      }
      if (!isWithin(element.getBoundingClientRect(), around) && !isClipped(element, article)) say("sticks out", element);
    }
  }
  // What stands one below the other does so whatever is in it.
  for (const list of [".minute", ".row", ".card"]) {
    const boxes = [...document.querySelectorAll(list)].map(element => [element, element.getBoundingClientRect()]);
    boxes.forEach(([element, box], n) => {
      if (n && boxes[n - 1][1].bottom > box.top + 1) say("overlaps the one above", element);
      if (box.right > element.parentElement.getBoundingClientRect().right + 1) say("is too wide", element);
    });
  }
  if (document.documentElement.scrollWidth > innerWidth) say("page is too wide", document.body);
  const pane = document.querySelector("#pane, .page");
  if (pane && pane.scrollWidth > pane.clientWidth) say("transcript is too wide", pane);
  for (const row of document.querySelectorAll(".row-title, #session-title")) if (!clips(row)) say("title is not clipped", row);

  // Characters of the page's own text, and of addresses, stand in their order whatever was said around them.
  const goesOn = (node, element) => {
    const range = document.createRange();
    let before = null;
    for (let at = 0; at < node.length; at++) {
      range.setStart(node, at);
      range.setEnd(node, at + 1);
      const box = range.getBoundingClientRect();
      if (!box.width) continue;
      if (before && Math.abs(box.top - before.top) < 3 && box.left < before.left - 0.5) return say("is reordered", element);
      before = box;
    }
  };
  for (const element of document.querySelectorAll(".under *, .minute .number, .margin time, .address, .row-count, .card-title, .card-facts, #head-facts"))
    for (const node of element.childNodes) if (node.nodeType === 3) goesOn(node, element);

  const seen = new Set();
  for (const { id } of document.querySelectorAll("[id]")) {
    if (seen.has(id)) wrong.push(`id twice: ${id}`);
    seen.add(id);
  }
  document.adoptedStyleSheets = [];
  return wrong;
}
"""


class Watch:
    """Opens pages and keeps an eye on all that the browser does."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked: list[str] = []
        self.wrong: list[str] = []
        page.add_init_script(TRIPWIRE)
        page.context.on("request", self._ask)
        page.context.on("page", lambda other: self.wrong.append(f"a window was opened: {other.url}"))
        page.context.on("dialog", lambda dialog: (self.wrong.append(f"a dialog: {dialog.message}"), dialog.dismiss()))
        page.on("download", lambda download: self.wrong.append(f"a download: {download.url}"))

    def _ask(self, request: Request) -> None:
        parts = urlsplit(request.url)
        self.asked.append(f"{request.method} {parts.path}{'?' * bool(parts.query)}{parts.query}")

    def open(self, path: str) -> None:
        self.page.goto(path)
        self.look(path)

    def look(self, where: str) -> None:
        self.wrong += [f"{where}: {sentence}" for sentence in self.page.evaluate(INSPECT)]

    def verdict(self) -> list[str]:
        return self.wrong + [asked for asked in self.asked if not OWN.match(asked.partition(" ")[2])]


@pytest.fixture
def sessions(live_shelf: Shelf, live_book: Book, tmp_path: Path) -> Iterator[list[str]]:
    """Chats of 25 turns each in which everything is said by both, and chats that are called the rest."""
    app = create_app(Settings(data_dir=tmp_path, database_url=f"sqlite:///{live_shelf.database}"))
    made = []
    with app.app_context():
        for title in TITLES:
            create_session(ALICE, title=title)
        for title, texts in zip(TITLES, batched(MESSAGES, 25), strict=False):
            session = create_session(ALICE, title=title)
            for text in texts:
                append_turn(ALICE, session.id, NewMessage(content=text), NewMessage(content=text))
            made.append(session.id)
    yield made
    app.extensions["live"].close(0)
    with app.app_context():
        db.engine.dispose()


def test_whatever_is_said_nothing_runs_is_fetched_or_leaves_its_place(
    tab: Callable[[], Page], sessions: list[str], puppet: Puppet
) -> None:
    page = tab()
    watch = Watch(page)
    said: list[str] = []
    for session_id in sessions:
        watch.open(f"/sessions/{session_id}")
        expect(page.locator(".minute")).to_have_count(min(50, 2 * len(MESSAGES) - len(said) * 2))
        said += page.locator(".user .plain").evaluate_all("all => all.map(each => each.textContent)")
    assert said == [re.sub("\r\n?", "\n", text) for text in MESSAGES]

    for word in ("script", "tripwire", "x", "composer"):
        watch.open(f"/search?q={word}")
        assert page.locator(".card").count() > 10
    open_the_whole_list(page)
    watch.look("the list of chats")
    assert set(TITLES) <= set(page.locator(".row-title").all_text_contents())

    page.goto(f"/sessions/{sessions[-1]}")
    for number, texts in enumerate(batched(HOSTILE, 110)):
        send(page, f"Say it {number}")
        expect(page.locator("#live")).to_be_visible()
        puppet.say(*(f"{text}\n\n" for text in texts), "Quite the end")
        expect(page.locator("#live-said")).to_contain_text("Quite the end")
        watch.look("the answer as it is written")
        puppet.end()
        expect(page.locator("#live")).to_have_count(0)
        watch.look("the finished answer")
    assert_the_page_still_works(page)
    assert watch.verdict() == []


def open_the_whole_list(page: Page) -> None:
    page.goto("/sessions")
    while (more := page.locator("#session-list .more")).count():
        count = page.locator(".row").count()
        more.scroll_into_view_if_needed()
        page.wait_for_function("count => document.querySelectorAll('.row').length > count", arg=count)


def assert_the_page_still_works(page: Page) -> None:
    page.locator("#session-title").click()
    page.get_by_label("Title", exact=True).fill("Calm again")
    page.get_by_label("Title", exact=True).press("Enter")
    expect(page.locator("#session-title")).to_have_text("Calm again")
    page.get_by_role("link", name="Calm again").click()
    expect(page.get_by_label("Message", exact=True)).to_be_editable()


@pytest.mark.parametrize(
    "planted",
    [
        "body.innerHTML = '<h3 id=composer>x</h3>'",
        "body.firstElementChild.setAttribute('hx-get', '/x')",
        "body.append(document.createElement('script'))",
        "fetch('/sessions/archived')",
        "trip()",
        "body.style.width = '3000px', body.closest('.minute').style.contentVisibility = 'visible'",
        "document.querySelector('.number').prepend('a\u202ebc')",
    ],
)
def test_the_watch_sees_what_goes_wrong(page: Page, book: Book, planted: str) -> None:
    session_id = book.session("Quiet", ("a", "b"))
    book.expected_errors = ("This document requires", "Applying inline style")
    watch: Any = Watch(page)
    watch.open(f"/sessions/{session_id}")
    assert watch.verdict() == []

    page.evaluate(f"body => {{ {planted} }}", page.locator("#m-2 .prose").element_handle())
    watch.look("now")
    page.wait_for_load_state("networkidle")
    assert watch.verdict() != []
