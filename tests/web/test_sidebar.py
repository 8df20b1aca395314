"""The sidebar: groups by date, pages, and the filter by title."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.accounts import ALICE
from tests.support.doors import make_session, read_from
from tests.support.library import fill

PARTIAL = {"HX-Request-Type": "partial"}


def rows(text):
    return re.findall(r'id="row-([^"]+)"', text)


def headings(text):
    return re.findall(r'<h2 class="list-heading">([^<]+)</h2>', text)


def more(text):
    found = re.search(r'class="more" href="(/sessions\?cursor=[^"]+)"', text)
    return found and found[1].replace("&amp;", "&")


def test_an_empty_sidebar_says_so(client):
    assert "No chats yet." in client.get("/sessions").text


def test_the_open_chat_is_marked_and_no_other(client):
    one, two = make_session(client), make_session(client)
    page = client.get(one["html_url"]).text
    assert re.findall(r'href="([^"]+)" aria-current="page"', page) == [one["html_url"]]
    assert f'href="{two["html_url"]}"' in page
    assert "aria-current" not in client.get("/sessions").text


AGES = [(0, "Today"), (1, "Yesterday"), (2, "Previous 7 days"), (7, "Previous 7 days")]


def test_chats_stand_under_the_day_of_their_last_turn(app, client):
    noon = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    moments = [noon - timedelta(days=days) for days, _ in AGES] + [
        noon - timedelta(days=days) for days in (8, 400, 800)
    ]
    with app.app_context():
        fill(
            ALICE,
            len(moments),
            vary=lambda n: {"last_activity_at": moments[n], "pinned": False, "archived": False},
        )
    found = headings(read_from(client, "/sessions", "UTC").text)
    month = f"{moments[4]:%B}" if moments[4].year == noon.year else f"{moments[4]:%B %Y}"
    assert found == ["Today", "Yesterday", "Previous 7 days", month, f"{moments[5]:%B %Y}", f"{moments[6]:%B %Y}"]


@pytest.fixture
def shelf(app):
    """120 chats of last year, some pinned, some archived; what the list should show, in order."""
    year = datetime.now(UTC).year - 1

    def vary(n):
        return {
            "last_activity_at": datetime(year, 1 + n // 40, 1 + n % 28, 12, n % 60, tzinfo=UTC),
            "pinned": n % 2 == 0,
            "archived": False,
        }

    with app.app_context():
        made = fill(ALICE, 120, vary=vary)
    order = sorted(range(120), key=lambda n: (vary(n)["pinned"], vary(n)["last_activity_at"], made[n]), reverse=True)
    return [made[n] for n in order]


@pytest.mark.parametrize("headers", [{}, PARTIAL], ids=["pages", "fragments"])
def test_every_chat_is_met_once_in_order(client, shelf, headers):
    text, seen, pages = client.get("/sessions").text, [], 1
    seen += rows(text)
    while more(text):
        text = client.get(more(text), headers=headers).text
        seen, pages = seen + rows(text), pages + 1
    assert pages == 3
    assert seen == shelf


def test_no_heading_stands_twice(client, shelf):
    text = client.get("/sessions").text
    found = headings(text)
    while more(text):
        text = client.get(more(text), headers=PARTIAL).text
        found += headings(text)
    assert found[0] == "Pinned"
    assert len(found) == len(set(found)) == 4
    assert len(shelf) == 120


def test_more_rows_keep_the_open_chat_marked(client, shelf):
    first = client.get(f"/sessions?current={shelf[70]}", headers=PARTIAL | {"X-List-Rows": "60"}).text
    assert rows(first) == shelf[:60]
    part = client.get("/sessions", headers=PARTIAL).text
    part = client.get(f"{more(part)}&current={shelf[70]}", headers=PARTIAL).text
    assert re.findall(r'href="/sessions/([^"]+)" aria-current="page"', part) == [shelf[70]]


@pytest.mark.parametrize(
    ("shown", "count"), [("", 50), ("x", 50), ("-1", 50), ("7", 50), ("90", 90), ("9" * 30, 50), ("9999", 120)]
)
def test_a_list_is_as_long_as_the_one_on_the_screen(client, shelf, shown, count):
    assert rows(client.get("/sessions", headers=PARTIAL | {"X-List-Rows": shown}).text) == shelf[:count]


def test_the_list_reaches_the_open_chat(client, shelf):
    page = client.get(f"/sessions/{shelf[99]}").text
    assert rows(page) == shelf[:110]
    rest = client.get(more(page), headers=PARTIAL).text
    assert rows(rest) == shelf[110:]
    assert rows(client.get(f"/sessions/{shelf[20]}").text) == shelf[:50]


def test_the_filter_shows_the_chats_that_are_called_so(client):
    make_session(client, title="Zürich trip")
    make_session(client, title="100% wool")
    part = client.get("/sessions?q=zurich", headers=PARTIAL).text
    assert "Zürich trip" in part
    assert "100% wool" not in part
    assert "<html" not in part
    assert len(rows(client.get("/sessions?q=%25", headers=PARTIAL).text)) == 1
    assert "No chat has this title." in client.get("/sessions?q=paris", headers=PARTIAL).text


def test_a_filtered_list_goes_on_filtered(client, app):
    with app.app_context():
        fill(ALICE, 130, vary=lambda n: {"archived": False, "title": f"{'Plum' if n % 2 else 'Pear'} & {n}"})
    text = client.get("/sessions?q=plum+%26", headers=PARTIAL).text
    assert len(rows(text)) == 50
    rest = client.get(more(text), headers=PARTIAL).text
    assert len(rows(rest)) == 15
    assert "Pear" not in text + rest


@pytest.mark.parametrize("words", ["%00", "a" * 5000, "%ff", "%25%5F%5C", "<script>", "'", '"'])
def test_whatever_is_typed_filters(client, words):
    make_session(client, title="Keys")
    part = client.get(f"/sessions?q={words}", headers=PARTIAL)
    assert part.status_code == 200
    assert "<script>" not in part.text
