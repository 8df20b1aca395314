"""Tags on the page: the shelf, the chats of a tag, the form of a chat, and the settings."""

from __future__ import annotations

import re

import pytest

from tests.support.cast import chat, stranger
from tests.support.doors import hidden
from webapp.ids import new_id
from webapp.services.sessions.changes import archive_session, get_session
from webapp.services.tags.changes import create_tag, get_tag
from webapp.services.tags.listing import list_tags
from webapp.services.tags.sessions import change_tags

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def tagged(app, user):
    """A chat with two tags, and one without."""
    with app.app_context():
        session = chat(user, "Where is the key?", title="Keys")
        chat(user, "Hello", title="Other")
        return change_tags(user, session.id, add=["Work", "Büro <b>"])


def names(user, session_id):
    return [tag.name for tag in get_session(user, session_id).tags]


def test_without_tags_there_is_no_shelf(client):
    page = client.get("/sessions").text
    assert "shelf-row" not in page.replace("shelf-rows", "")
    assert "tag-names" not in page.replace('list="tag-names"', "")


def test_the_shelf_names_and_counts_the_tags_in_order(client, tagged):
    page = client.get("/sessions").text
    shelf = page[page.index('class="shelf"') : page.index("</nav>", page.index('class="shelf"'))]
    rows = re.findall(
        r'href="(/tags/[^"]+)"><span class="row-title" dir="auto">([^<]*)</span> <span class="row-count">(\d+)', shelf
    )
    assert [(name, count) for _, name, count in rows] == [("Büro &lt;b&gt;", "1"), ("Work", "1")]
    assert '<details class="shelf">' in page


def test_a_click_lists_the_chats_and_says_which_tag_and_how_to_leave(client, tagged):
    address = f"/tags/{tagged.tags[1].id}"
    page = client.get(address).text
    main = page[page.index("<main") :]
    assert '<h1 class="tag-title" dir="auto">Work</h1>' in main
    assert "Keys" in main
    assert "Other" not in main
    assert '<a class="quiet-button" href="/sessions">All chats</a>' in main
    assert f'href="{address}" aria-current="page"' in page
    assert '<details class="shelf" open>' in page


def test_a_long_shelf_goes_on_page_by_page(app, client, user):
    with app.app_context():
        for number in range(60):
            session = chat(user, title=f"Chat {number}")
            change_tags(user, session.id, add=["Many"])
        archive_session(user, session.id)
        (tag,) = list_tags(user)
    assert tag.session_count == 59
    first = client.get(f"/tags/{tag.id}").text
    (more,) = re.findall(rf'href="(/tags/{tag.id}\?page=[^"]+)"', first)
    second = client.get(more, headers=HTMX).text
    titles = re.findall(r'class="card-title"[^>]*>([^<]+)<', first + second)
    assert len(titles) == len(set(titles)) == 59
    assert "Chat 59" not in titles
    assert "<!doctype" not in second


def test_of_many_tags_the_shelf_has_fifty_and_a_link_to_all(app, client, user):
    with app.app_context():
        session = chat(user)
        for number in range(60):
            tag = create_tag(user, f"Tag {number:02}")
        change_tags(user, session.id, add=["Tag 59"])
    page = client.get("/sessions").text
    assert page.count('class="shelf-row"') == 50
    assert "All 60 tags" in page
    assert client.get(f"/tags/{tag.id}").text.count('class="shelf-row"') == 51
    assert client.get("/settings/tags").text.count("tag-card") == 60


def test_the_head_of_a_chat_has_chips_that_lead_to_the_shelf(app, client, user, tagged):
    page = client.get(f"/sessions/{tagged.id}").text
    assert re.findall(r'class="chip tag-chip" href="(/tags/[^"]+)" title="([^"]+)"', page) == [
        (f"/tags/{tagged.tags[0].id}", "Büro &lt;b&gt;"), (f"/tags/{tagged.tags[1].id}", "Work"),
    ]  # fmt: skip
    with app.app_context():
        change_tags(user, tagged.id, add=["a", "b", "c"])
    page = client.get(f"/sessions/{tagged.id}").text
    assert page.count("tag-chip") == 4
    assert 'aria-label="2 more tags">+2<' in page


def test_the_form_adds_and_removes_without_javascript(app, client, user, tagged):
    address = f"/sessions/{tagged.id}/tags"
    assert f'href="{address}"' in client.get(f"/sessions/{tagged.id}").text
    page = client.get(address).text
    assert page.count('name="keep"') == page.count('name="had"') == 2
    assert '<option value="Work">' in page
    had = [tag.name for tag in tagged.tags]
    answer = client.post(address, data={"had": had, "keep": had[:1], "add": "new,  another , büro"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/sessions/{tagged.id}")
    with app.app_context():
        assert names(user, tagged.id) == ["another", "büro", "Büro <b>", "new"]


def test_a_tag_that_another_tab_added_meanwhile_stays(app, client, user, tagged):
    with app.app_context():
        change_tags(user, tagged.id, add=["From elsewhere"])
    client.post(f"/sessions/{tagged.id}/tags", data={"had": ["Work"], "keep": ["Work"], "add": "mine"})
    with app.app_context():
        assert names(user, tagged.id) == ["Büro <b>", "From elsewhere", "mine", "Work"]


def test_a_known_name_with_a_comma_is_one_tag(app, client, user, tagged):
    with app.app_context():
        create_tag(user, "Bed, breakfast")
    client.post(f"/sessions/{tagged.id}/tags", data={"add": " bed,  BREAKFAST"})
    with app.app_context():
        assert "Bed, breakfast" in names(user, tagged.id)


@pytest.mark.parametrize("typed", ["x" * 61, "a\x01b", "fine, " + "x" * 61, "\u200b"])
def test_what_cannot_be_a_name_is_refused_and_stays_in_the_form(app, client, user, tagged, typed):
    answer = client.post(f"/sessions/{tagged.id}/tags", data={"had": ["Work"], "keep": [], "add": typed})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert f'value="{typed}"' in answer.text
    assert answer.text.count(" checked") == 0
    with app.app_context():
        assert names(user, tagged.id) == ["Büro <b>", "Work"]


def test_settings_create_rename_and_delete(app, client, user, tagged):
    assert client.post("/settings/tags", data={"name": " Third "}).status_code == 303
    refused = client.post("/settings/tags", data={"name": "WORK"})
    assert refused.status_code == 409
    assert "There is a tag “WORK” already" in refused.text
    assert 'value="WORK"' in refused.text
    address = f"/settings/tags/{tagged.tags[1].id}"
    seen = hidden(client.get(address), "tag")
    saved = client.post(address, data={"tag": seen, "name": "Job", "instructions": "Be brief.\r\nIn verse."})
    assert saved.status_code == 303
    with app.app_context():
        assert get_tag(user, tagged.tags[1].id)[1:3] == ("Job", "Be brief.\nIn verse.")
    stale = client.post(address, data={"tag": seen, "name": "Jobs", "instructions": "Mine."})
    assert stale.status_code == 412
    assert "Be brief." in stale.text
    assert ">Mine.</textarea>" in stale.text
    assert "has instructions" in client.get("/settings/tags").text
    assert "its instructions will be deleted" in client.get(f"{address}/delete").text
    assert client.post(f"{address}/delete").status_code == 303
    assert client.get(address).status_code == client.get(f"/tags/{tagged.tags[1].id}").status_code == 404
    with app.app_context():
        assert names(user, tagged.id) == ["Büro <b>"]


@pytest.mark.parametrize(("field", "value"), [("name", ""), ("name", "x" * 61), ("instructions", "x" * 20_001)])
def test_a_refused_change_of_a_tag_keeps_what_was_typed(client, tagged, field, value):
    data = {"name": "New name", "instructions": "New text"} | {field: value}
    answer = client.post(f"/settings/tags/{tagged.tags[0].id}", data=data)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert all(typed in answer.text for typed in data.values())


def test_several_chats_get_and_lose_a_tag(app, client, user, tagged):
    with app.app_context():
        other = chat(user, "Three", title="Third")
    data = {"action": "tag", "tag": "Büro <B>", "session": [tagged.id, other.id]}
    answer = client.post("/sessions/changes", data=data)
    notice = client.get(answer.headers["Location"]).text
    assert "1 chat tagged “Büro &lt;b&gt;”." in notice
    assert f'name="session" value="{other.id}"' in notice
    assert '<input type="hidden" name="tag" value="Büro &lt;b&gt;">' in notice
    fragment = client.post("/sessions/changes", data=data | {"action": "untag"}, headers=HTMX).text
    assert "2 chats without the tag" in fragment
    assert 'hx-target="#shelf-rows"' in fragment
    with app.app_context():
        assert names(user, tagged.id) == ["Work"]
        assert names(user, other.id) == []


@pytest.mark.parametrize("tag", ["", " ", "x" * 61])
def test_several_chats_need_a_usable_name(client, tagged, tag):
    answer = client.post("/sessions/changes", data={"action": "tag", "tag": tag, "session": [tagged.id]})
    assert answer.status_code == 422
    assert "Traceback" not in answer.text


def test_what_the_select_bar_sends_with_other_actions_is_ignored(app, client, user, tagged):
    client.post("/sessions/changes", data={"action": "pin", "tag": "typed", "session": [tagged.id]})
    with app.app_context():
        assert names(user, tagged.id) == ["Büro <b>", "Work"]
        assert get_session(user, tagged.id).pinned


def test_from_the_page_of_a_tag_a_change_comes_back_to_it(client, tagged):
    address = f"/tags/{tagged.tags[1].id}"
    headers = HTMX | {"Referer": f"http://localhost{address}"}
    data = {"action": "untag", "tag": "Work", "session": [tagged.id]}
    answer = client.post("/sessions/changes", data=data, headers=headers)
    assert answer.headers["HX-Redirect"].startswith(f"{address}?did=untag")
    page = client.get(answer.headers["HX-Redirect"]).text
    assert "1 chat without the tag “Work” now." in page
    pinned = client.post(f"/sessions/{tagged.id}/pin", headers=headers)
    assert pinned.status_code == 200


def test_a_tag_that_is_not_there_is_told_as_others_are(client, tagged):
    for address in (f"/tags/{new_id()}", f"/settings/tags/{new_id()}", "/tags/x"):
        assert client.get(address).status_code == 404


def test_of_anothers_tags_the_shelf_has_none(app, client, tagged):
    with app.app_context():
        create_tag(stranger(), "Secret")
    assert "Secret" not in client.get("/sessions").text
