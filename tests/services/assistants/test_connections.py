"""Connections: what is stored of them, where their keys go, and what of them others may know."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from tests.support.accounts import ALICE
from tests.support.model_servers import form, serving
from webapp.database.transaction import leave_transaction, read_connection
from webapp.errors import Conflict, Forbidden, Invalid, NotFound, ProviderFailed
from webapp.services.assistants.checking import check_entered, check_stored, refresh_models, save_connection
from webapp.services.assistants.connections import (
    MOST_CONNECTIONS,
    add_connection,
    change_connection,
    get_connection,
    list_connections,
    remove_connection,
)
from webapp.services.assistants.models import ModelChange, add_models, change_many, list_models, remove_model
from webapp.services.assistants.registry import UNREADABLE, list_assistants, registry
from webapp.services.assistants.values import ENVIRONMENT_ID, Fields
from webapp.services.users import CurrentUser

NOWHERE = "http://127.0.0.1:9/v1"
SECRET = "sk-secret-of-grout"
BOB = CurrentUser("00000000-0000-7000-8000-00000000000b", "bob")


def fields(server=NOWHERE, **more):
    return Fields(**{"headers": {}} | form(server) | more)


def keys():
    return [choice.key for choice in list_assistants()]


def everything_stored():
    connection = read_connection()
    tables = ("connections", "connection_models", "model_catalog", "audit_events", "idempotency_keys", "users")
    return "".join(str(row) for table in tables for row in connection.execute(text(f"SELECT * FROM {table}")))


def test_a_key_is_stored_encrypted_and_shown_nowhere(user, caplog):
    given = fields(headers={"X-Api-Key": "another secret"})
    added = add_connection(user, given)
    shown = f"{given!r} {added!r} {list_connections(user)!r} {everything_stored()} {caplog.text}"
    assert SECRET not in shown
    assert "another secret" not in shown
    assert added.has_key
    assert added.key_stored_at is not None
    assert added.header_names == ("X-Api-Key",)


def test_the_same_key_is_stored_differently_each_time(user):
    add_connection(user, fields())
    add_connection(user, fields())
    sealed = read_connection().execute(text("SELECT sealed_key FROM connections")).scalars().all()
    assert len(set(sealed)) == 2


def test_a_sealed_key_that_is_moved_to_another_row_cannot_be_read(user):
    from webapp.database.transaction import writing

    first, second = add_connection(user, fields()), add_connection(user, fields(key="sk-other"))
    with writing() as connection:
        moved = connection.execute(text("SELECT sealed_key FROM connections WHERE id = :id"), {"id": first.id}).scalar()
        connection.execute(
            text("UPDATE connections SET sealed_key = :key WHERE id = :id"), {"key": moved, "id": second.id}
        )
        connection.execute(text("UPDATE model_catalog SET revision = :id"), {"id": first.id})
    assert [one.is_readable for one in list_connections(user)] == [True, False]


def test_the_key_and_the_headers_go_to_the_server_and_come_from_the_row(user, make_app):
    with serving("small") as server:
        save_connection(user, fields(server, headers={"X-Title": "Mine"}))
        leave_transaction()
        with make_app().app_context():
            assert check_stored(ALICE, list_connections(ALICE)[0].id).ok
        assert set(server.keys) == {f"Bearer {SECRET}"}
        assert {headers.get("x-title") for headers in server.headers} == {"Mine"}


def test_a_changed_secret_key_is_told_everywhere_and_mended_by_entering_the_key_again(user, make_app):
    with serving("small") as server:
        saved = save_connection(user, fields(server))
        leave_transaction()
        with make_app(secret_key="another secret key of thirty-two and more").app_context():
            (shown,) = list_connections(ALICE)
            assert not shown.is_readable
            assert check_stored(ALICE, saved.id).problem == UNREADABLE
            assert (
                check_entered(ALICE, fields(server, key=None, headers=None), connection_id=saved.id).problem
                == UNREADABLE
            )
            assert refresh_models(ALICE) == {saved.id: UNREADABLE}
            with pytest.raises(ProviderFailed, match="the secret key has changed"):
                registry().pick("grout:small")
            change_connection(ALICE, saved.id, fields(server, key="sk-new", headers={}))
            assert list_connections(ALICE)[0].is_readable
            assert check_stored(ALICE, saved.id).ok
        assert server.keys[-1] == "Bearer sk-new"


MOVES = {
    "another host": ("http://127.0.0.1:9/v1", "http://localhost:9/v1"),
    "another port": ("http://127.0.0.1:9/v1", "http://127.0.0.1:10/v1"),
    "no more TLS": ("https://127.0.0.1/v1", "http://127.0.0.1/v1"),
    "a host that begins alike": ("https://api.example.org/v1", "https://api.example.org.evil.net/v1"),
}


@pytest.mark.parametrize("move", MOVES)
def test_a_stored_key_is_sent_to_no_other_host(user, move):
    here, there = MOVES[move]
    added = add_connection(user, fields(here))
    moved = fields(there, key=None, headers=None)
    for attempt in (
        lambda: change_connection(user, added.id, moved),
        lambda: check_entered(user, moved, connection_id=added.id),
    ):
        with pytest.raises(Invalid) as refused:
            attempt()
        assert refused.value.problems[0].pointer == "#/key"
        assert "another host" in refused.value.detail
    assert get_connection(user, added.id).address == here
    assert change_connection(user, added.id, fields(there, headers=None)).address == there


def test_stored_headers_are_sent_to_no_other_host(user):
    added = add_connection(user, fields(headers={"api-key": "s"}, key=""))
    with pytest.raises(Invalid) as refused:
        change_connection(user, added.id, fields("http://localhost:10/v1", key=None, headers=None))
    assert refused.value.problems[0].pointer == "#/headers"


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/other", "http://127.0.0.1:9/v1/", "HTTP://127.0.0.1:9/v1"])
def test_another_path_of_the_same_host_keeps_the_key(user, address):
    added = add_connection(user, fields())
    changed = change_connection(user, added.id, fields(address, key=None, headers=None))
    assert changed.has_key


def test_an_empty_key_removes_it_and_none_leaves_it(user):
    added = add_connection(user, fields())
    assert change_connection(user, added.id, fields(key=None, headers=None)).key_stored_at == added.key_stored_at
    assert not change_connection(user, added.id, fields(key="", headers=None)).has_key


@pytest.mark.parametrize(
    "host", ["localhost:1", "my_model-1", "a.b.", "127.0.0.1", "[::1]:80", "[2001:db8::7]", f"{'a' * 63}.com"]
)
def test_a_host_name_of_any_kind_is_accepted(user, host):
    assert add_connection(user, fields(f"http://{host}/v1")).address == f"http://{host}/v1"


REFUSED = {
    "no address": ("address", {"address": ""}),
    "a word": ("address", {"address": "localhost"}),
    "no scheme": ("address", {"address": "localhost:11434/v1"}),
    "another scheme": ("address", {"address": "file:///etc/passwd"}),
    "ftp": ("address", {"address": "ftp://example.org"}),
    "no host": ("address", {"address": "http://"}),
    "no host but a port": ("address", {"address": "http://:80/v1"}),
    "dots": ("address", {"address": "http://../v1"}),
    "an empty label": ("address", {"address": "http://a..b/v1"}),
    "a label of 64 letters": ("address", {"address": f"http://{'a' * 64}.com/v1"}),
    "a host of 300 letters": ("address", {"address": f"http://{'a' * 300}.com/v1"}),
    "a host of many labels": ("address", {"address": f"http://{'.'.join(['a' * 60] * 5)}/v1"}),
    "colons alone": ("address", {"address": "http://[::::]/v1"}),
    "a space": ("address", {"address": "http://exa mple.org"}),
    "a line break": ("address", {"address": "http://example.org/\r\nX: y"}),
    "a port that is none": ("address", {"address": "http://example.org:abc/v1"}),
    "a port too high": ("address", {"address": "http://example.org:99999/v1"}),
    "half an IPv6 address": ("address", {"address": "http://[::1/v1"}),
    "a password": ("address", {"address": "https://user:secret@example.org/v1"}),
    "a query": ("address", {"address": "https://example.org/v1?key=abc"}),
    "a fragment": ("address", {"address": "https://example.org/v1#a"}),
    "an umlaut": ("address", {"address": "https://exämple.org/v1"}),
    "the end that is added": ("address", {"address": "https://example.org/v1/chat/completions"}),
    "a long address": ("address", {"address": "https://example.org/" + "a" * 500}),
    "a NUL": ("address", {"address": "https://example.org/\0"}),
    "a key of two lines": ("key", {"key": "sk-1\nsk-2"}),
    "a key of two words": ("key", {"key": "Bearer sk-1"}),
    "a key with an umlaut": ("key", {"key": "sk-ä"}),
    "a key with a smile": ("key", {"key": "sk-🙂"}),
    "half a letter as a key": ("key", {"key": "\ud800"}),
    "a key without end": ("key", {"key": "x" * 4_001}),
    "no name": ("name", {"name": "  "}),
    "a long name": ("name", {"name": "x" * 81}),
    "half a letter as a name": ("name", {"name": "\ud800"}),
    "a NUL in the name": ("name", {"name": "a\0b"}),
    "a header of two lines": ("headers", {"headers": {"X-A": "b\r\nX-C: d"}}),
    "a header that is Greek": ("headers", {"headers": {"X-A": "α"}}),
    "a header's name with a space": ("headers", {"headers": {"X A": "b"}}),
    "a header's name of nothing": ("headers", {"headers": {"": "b"}}),
    "a header of the client's": ("headers", {"headers": {"Host": "other"}}),
    "a header twice": ("headers", {"headers": {"X-A": "1", "x-a": "2"}}),
    "too many headers": ("headers", {"headers": {f"X-{n}": "1" for n in range(21)}}),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.one_database("What is refused is refused before the database is asked.")
def test_what_cannot_be_used_is_refused_at_its_field(user, name):
    pointer, wrong = REFUSED[name]
    for use in (add_connection, check_entered):
        with pytest.raises(Invalid) as refused:
            use(user, fields(**wrong))
        assert [problem.pointer for problem in refused.value.problems] == [f"#/{pointer}"]
        assert not any(
            value in str(refused.value) for value in wrong.values() if isinstance(value, str) and pointer == "key"
        )
    assert list_connections(user) == []


def test_all_wrong_fields_are_told_at_once(user):
    with pytest.raises(Invalid) as refused:
        add_connection(user, fields(name="", address="x", key="a b"))
    assert [problem.pointer for problem in refused.value.problems] == ["#/name", "#/address", "#/key"]


@pytest.mark.parametrize(
    "address", ["http://[::1]:8080/v1", "https://xn--exmple-cua.org", "http://my_host:1/v1/", "http://10.0.0.1"]
)
def test_other_addresses_are_taken(user, address):
    assert add_connection(user, fields(address)).address == address.rstrip("/")


def test_a_pasted_key_may_have_a_line_break_around_it(user):
    with serving("small") as server:
        assert check_entered(user, fields(server, key="  sk-1\r\n")).ok
        assert server.keys[0] == "Bearer sk-1"


def test_several_connections_have_their_own_keys_and_stay_what_they_are(user):
    with serving("small", "a/b:c?d%e") as one, serving("small") as other:
        save_connection(user, fields(one, name="Grout"))
        second = save_connection(user, fields(other, name="Grout", key="sk-other"))
        assert keys() == ["grout:a/b:c?d%e", "grout:small", "grout-2:small", "archivist"]
        change_connection(user, second.id, fields(other, name="Renamed", key=None, headers=None))
        assert "grout-2:small" in keys()
        assert {choice.connection for choice in list_assistants()} == {"Grout", "Renamed", None}
        registry().pick("grout-2:small")


@pytest.mark.parametrize(
    ("name", "slug"),
    [("OpenAI", "openai-2"), ("archivist", "archivist-2"), ("模型", "models"), ("Übung & co.", "ubung-co")],
)
def test_a_connection_takes_no_name_that_means_something_else(user, name, slug):
    assert add_connection(user, fields(name=name)).slug == slug


def test_a_removed_connection_is_gone_with_its_key(user):
    added = add_connection(user, fields(), named=["small"])
    remove_connection(user, added.id)
    assert keys() == ["archivist"]
    assert read_connection().execute(text("SELECT count(*) FROM connection_models")).scalar() == 0
    for act in (remove_connection, get_connection, check_stored, refresh_models):
        with pytest.raises(NotFound):
            act(user, added.id)
    with pytest.raises(ProviderFailed, match="was removed"):
        registry().pick("grout:small")


def test_there_is_a_limit(user):
    for number in range(MOST_CONNECTIONS):
        add_connection(user, fields(name=f"Server {number}", key=""))
    with pytest.raises(Conflict, match="limit"):
        add_connection(user, fields())


def test_nobody_but_an_administrator_does_anything(user):
    added = add_connection(user, fields())
    with serving("small") as server:
        for act in (
            lambda: list_connections(BOB),
            lambda: get_connection(BOB, added.id),
            lambda: add_connection(BOB, fields(server)),
            lambda: save_connection(BOB, fields(server)),
            lambda: change_connection(BOB, added.id, fields(server)),
            lambda: remove_connection(BOB, added.id),
            lambda: check_stored(BOB, added.id),
            lambda: check_entered(BOB, fields(server)),
            lambda: refresh_models(BOB),
            lambda: list_models(BOB),
            lambda: change_many(BOB, []),
            lambda: add_models(BOB, added.id, ["m"]),
            lambda: remove_model(BOB, added.id, "m"),
        ):
            with pytest.raises(Forbidden, match="Ask alice"):
                act()
        assert server.headers == []


def test_what_is_changed_in_one_process_holds_in_the_others_at_once(user, make_app):
    other = make_app()
    with serving("small", "large") as server:
        saved = save_connection(user, fields(server))
        leave_transaction()
        with other.app_context():
            assert keys() == ["grout:large", "grout:small", "archivist"]
            leave_transaction()
        change_many(
            user, [ModelChange(saved.id, "large", is_shown=False), ModelChange(saved.id, "small", label="Tiny")]
        )
        leave_transaction()
        with other.app_context():
            assert [choice.label for choice in list_assistants()] == ["Tiny", "Archivist"]
            leave_transaction()
        remove_connection(user, saved.id)
        with other.app_context():
            assert keys() == ["archivist"]


def test_the_environment_has_a_connection_that_cannot_be_changed(make_app):
    with serving("small") as server:
        app = make_app(openai_base_url=server.url, openai_api_key=SECRET, openai_models=("small", "large"))
        with app.app_context():
            (shown,) = list_connections(ALICE)
            assert (shown.id, shown.from_environment, shown.name, shown.has_key) == (
                ENVIRONMENT_ID,
                True,
                "127.0.0.1",
                True,
            )
            for act in (
                lambda: change_connection(ALICE, ENVIRONMENT_ID, fields()),
                lambda: remove_connection(ALICE, ENVIRONMENT_ID),
            ):
                with pytest.raises(Conflict, match="OPENAI_BASE_URL"):
                    act()
            assert check_stored(ALICE, ENVIRONMENT_ID).ok
            assert list_connections(ALICE)[0].check.ok
            change_many(
                ALICE,
                [
                    ModelChange(ENVIRONMENT_ID, "large", is_shown=False),
                    ModelChange(ENVIRONMENT_ID, "small", label="Tiny"),
                ],
            )
            assert [(choice.key, choice.label) for choice in list_assistants()] == [
                ("openai:small", "Tiny"),
                ("archivist", "Archivist"),
            ]
            assert registry().accepts("openai")
            assert not registry().accepts("openai:large")
            add_connection(ALICE, fields(name="OpenAI"))
            assert len(list_connections(ALICE)) == 2


def test_without_the_environment_its_leftovers_are_nowhere(make_app):
    with make_app(openai_base_url=NOWHERE, openai_models=("small",)).app_context():
        check_stored(ALICE, ENVIRONMENT_ID)
        leave_transaction()
    with make_app().app_context():
        assert list_connections(ALICE) == []
        assert keys() == ["archivist"]
        with pytest.raises(NotFound):
            get_connection(ALICE, ENVIRONMENT_ID)
