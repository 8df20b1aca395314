"""Addresses carry days, not labels: a list that goes on after midnight, or in another zone, keeps its headings."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.support.accounts import ALICE
from tests.support.doors import add_turn, make_session, read_from
from tests.support.library import fill
from webapp.web import dates

pytestmark = pytest.mark.one_database("Days are computed from times that both databases return alike.")

PARTIAL = {"HX-Request-Type": "partial"}
EVENING, NEXT = date(2020, 3, 10), date(2020, 3, 11)
NOON = datetime(2020, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def clock(monkeypatch):
    """Set the reader's day."""

    def turn_to(day):
        monkeypatch.setattr(dates, "_today", lambda: day)

    turn_to(EVENING)
    return turn_to


def headings(page):
    return re.findall(r'<h2 class="list-heading">([^<]+)</h2>', page.text)


def days(page):
    return re.findall(r'<p class="day" id="day-(\d+)"><span>([^<]+)', page.text)


def link(page, name=""):
    """Return the address of a page's link to more, by its id (`name`) if it has one."""
    found = re.search((f'id="{name}" ' if name else "") + r'class="more" href="([^"]+)"', page.text)
    return found[1].replace("&amp;", "&")


def fill_days(app, *ages, pinned=False):
    """Make 40 chats of each age in days, newest first; 50 are a page."""
    with app.app_context():
        fill(
            ALICE,
            40 * len(ages),
            vary=lambda n: {
                "last_activity_at": NOON - timedelta(days=ages[n // 40], minutes=n % 40),
                "pinned": pinned,
                "archived": False,
            },
        )


def walk(client, clock):
    """Load the sidebar in the evening and the rest of it after midnight: return the headings, and the addresses."""
    page = client.get("/sessions")
    found, addresses = headings(page), []
    clock(NEXT)
    while "Older chats" in page.text:
        addresses.append(link(page))
        page = client.get(addresses[-1], headers=PARTIAL)
        found += headings(page)
    return found, addresses


def test_a_sidebar_that_goes_on_after_midnight_repeats_no_heading_and_shifts_none(app, client, clock):
    fill_days(app, 0, 1, 2)
    found, addresses = walk(client, clock)
    assert found == ["Today", "Yesterday", "Previous 7 days"]
    assert all("as-of=2020-03-10" in address for address in addresses)
    assert re.search(r"under=2020-03-(10|09|08)&", addresses[0])
    assert headings(client.get("/sessions"))[0] == "Yesterday"


def test_pinned_chats_go_on_without_their_heading(app, client, clock):
    fill_days(app, 0, 0, pinned=True)
    fill_days(app, 0)
    found, addresses = walk(client, clock)
    assert found == ["Pinned", "Today"]
    assert "under=pinned&" in addresses[0]


@pytest.mark.parametrize("place", ["under=Today&as-of=Today", "under=2020-13-99&as-of=%00", "under=&as-of=", ""])
def test_a_place_that_is_none_gets_every_heading(app, client, clock, place):
    fill_days(app, 1, 1)
    address = re.sub(r"under=.*", place, link(client.get("/sessions")))
    assert headings(client.get(address, headers=PARTIAL)) == ["Yesterday"]


@pytest.fixture
def chat(client):
    """A chat of the small hours of 10 March 2020 in UTC that has three pages."""
    session = make_session(client)
    for number in range(60):
        moment = f"2020-03-10T{number // 6:02}:{number % 6}0:00Z"
        said = {"content": f"Line {number}", "create_time": moment}
        add_turn(client, session["id"], user=said, assistant=said)
    return session["html_url"]


ZONES = {"Europe/Berlin": ["Today"], "Atlantic/Azores": ["Yesterday", "Today"], "Pacific/Kiritimati": ["Today"]}


@pytest.mark.parametrize("zone", ZONES)
def test_a_transcript_that_goes_on_after_midnight_marks_its_day_once(client, clock, chat, zone):
    first = read_from(client, f"{chat}?around=0", zone)
    assert [label for _, label in days(first)] == ZONES[zone]
    clock(NEXT)
    later = link(first, "later")
    assert later.endswith("&day=2020-03-10")
    assert days(read_from(client, later, zone, PARTIAL)) == []


@pytest.mark.parametrize("zone", ZONES)
def test_earlier_messages_take_the_heading_of_their_day_along(client, clock, chat, zone):
    first = read_from(client, chat, zone)
    assert days(first) == [("70", "Today")]
    clock(NEXT)
    earlier = read_from(client, link(first, "earlier"), zone, PARTIAL)
    assert 'hx-target="#day-70" hx-swap="delete"' in earlier.text
    assert [label for _, label in days(earlier)][-1] == "Yesterday"
