"""Models of connections: listed, looked up when they are named, hidden, renamed, and the default of new chats."""

from __future__ import annotations

import pytest

from tests.services.assistants.test_connections import NOWHERE, fields, keys
from tests.support.accounts import ALICE
from tests.support.model_servers import serving
from tests.support.provider import chunk, refuses, running, streams
from tests.support.waiting import eventually
from webapp.agent.protocol import AssistantFailed
from webapp.agent.values import Utterance
from webapp.database.transaction import leave_transaction
from webapp.errors import Invalid, NotFound
from webapp.services.assistants.checking import check_entered, check_stored, refresh_models, save_connection
from webapp.services.assistants.connections import add_connection, list_connections
from webapp.services.assistants.last_used import menu_of, remember_assistant
from webapp.services.assistants.looks import Looks
from webapp.services.assistants.lookup import accepts_after_look, find_assistant
from webapp.services.assistants.models import (
    ModelChange,
    add_models,
    change_many,
    list_models,
    page_of_models,
    remove_model,
)
from webapp.services.assistants.registry import registry


def default(user):
    return list_models(user).default


@pytest.fixture
def server():
    with serving("text-embedding", "small", "large") as running_server:
        yield running_server


@pytest.fixture
def saved(user, server):
    return save_connection(user, fields(server))


def test_the_first_connection_gives_the_default_and_no_embedding_model_is_it(user, saved):
    assert saved.check.ok
    assert default(user) == "grout:small"
    assert registry().default_key() == "grout:small"


def test_a_model_that_was_just_pulled_is_found_when_it_is_named(user, server, saved):
    assert saved.model_count == 3
    server.models.append("pulled:1b")
    assert accepts_after_look("grout:pulled:1b")
    assert "grout:pulled:1b" in keys()


def test_a_model_of_the_environment_that_was_just_pulled_is_found_when_it_is_named(make_app, server):
    with make_app(openai_base_url=server.url).app_context():
        assert accepts_after_look("openai:small")
        eventually(lambda: "openai:small" in keys())
        server.models.append("pulled")
        assert accepts_after_look("openai:pulled")
        assert find_assistant("pulled") == "openai:pulled"


def test_naming_unknown_models_makes_the_server_look_once_in_a_while(user, server, saved):
    read = server.lists_read
    assert not any(accepts_after_look(f"grout:none-{number}") for number in range(20))
    assert not accepts_after_look("nowhere:model")
    assert not accepts_after_look("grout:")
    assert server.lists_read == read + 1


def test_two_connections_are_looked_at_each_for_itself():
    looks = Looks()
    assert [looks.may_look("a"), looks.may_look("a"), looks.may_look("b")] == [True, False, True]


def test_a_look_at_a_server_that_is_away_refuses_the_model(user):
    add_connection(user, fields(NOWHERE))
    assert not accepts_after_look("grout:small")


def test_a_model_is_found_by_its_bare_name_for_programs(user, saved):
    assert find_assistant("large") == "grout:large"
    assert find_assistant("grout:large") == "grout:large"
    assert find_assistant("huge") is None


def test_hidden_models_are_for_nobody_and_stay_hidden_after_a_refresh(user, server, saved):
    change_many(user, [ModelChange(saved.id, "large", is_shown=False)])
    assert "grout:large" not in keys()
    assert not accepts_after_look("grout:large")
    assert find_assistant("large") is None
    server.models.remove("large")
    refresh_models(user)
    server.models.append("large")
    assert refresh_models(user) == {}
    assert "grout:large" not in keys()


def test_models_that_are_no_longer_listed_go_and_those_that_were_renamed_stay_named(user, server, saved):
    change_many(user, [ModelChange(saved.id, "large", label="Large, for letters")])
    server.models[:] = ["small"]
    refresh_models(user, saved.id)
    assert keys() == ["grout:small", "archivist"]
    server.models.append("large")
    refresh_models(user, saved.id)
    assert [model.title for model in list_models(user).models] == ["Large, for letters", "small"]


def test_a_refresh_that_fails_leaves_the_list(user, server, saved):
    server.status = 500
    assert list(refresh_models(user)) == [saved.id]
    assert len(list_models(user).models) == 3


def test_the_default_is_chosen_and_cannot_be_hidden(user, saved):
    change_many(user, [], default="grout:large")
    assert default(user) == "grout:large"
    for changes, key in (
        ([ModelChange(saved.id, "large", is_shown=False)], None),
        ([ModelChange(saved.id, "large", is_shown=False)], "grout:large"),
        ([], "grout:none"),
    ):
        with pytest.raises(Invalid):
            change_many(user, changes, default=key)
    assert default(user) == "grout:large"
    change_many(user, [ModelChange(saved.id, "large", is_shown=False)], default="grout:small")
    assert default(user) == "grout:small"


@pytest.mark.parametrize("label", ["x" * 81, "a\0b", "\ud800", "\u202e"])
def test_a_name_that_cannot_be_shown_is_refused(user, saved, label):
    with pytest.raises(Invalid):
        change_many(user, [ModelChange(saved.id, "small", label=label)])


def test_an_empty_name_restores_the_models_own(user, saved):
    for label, title in ((" Tiny  one ", "Tiny one"), ("", "small"), ("small", "small")):
        change_many(user, [ModelChange(saved.id, "small", label=label)])
        assert [model.title for model in list_models(user).models if model.name == "small"] == [title]
    with pytest.raises(NotFound):
        change_many(user, [ModelChange(saved.id, "none", label="x")])


def test_models_are_named_by_hand_where_the_server_lists_none(user):
    def answer(handler):
        no_list = handler.command == "GET"
        (refuses(404) if no_list else streams(chunk("Hello"), chunk(finish="stop")))(handler)

    with running(answer) as provider:
        outcome = check_entered(user, fields(provider.url), named=["by/hand:1"])
        assert (outcome.ok, outcome.models, outcome.model) == (True, None, "by/hand:1")
        assert "lists no models (404)" in outcome.list_problem
        without = check_entered(user, fields(provider.url))
        assert "add them by name under Settings" in without.problem
        connection = save_connection(user, fields(provider.url), named=["by/hand:1"])
    assert keys() == ["grout:by/hand:1", "archivist"]
    add_models(user, connection.id, ["two", "two"])
    remove_model(user, connection.id, "by/hand:1")
    assert keys() == ["grout:two", "archivist"]
    for wrong in ([""], ["x" * 301], ["a\nb"]):
        with pytest.raises(Invalid):
            add_models(user, connection.id, wrong)
    with pytest.raises(NotFound):
        remove_model(user, connection.id, "by/hand:1")


def test_ten_thousand_models_are_stored_and_listed_in_pages(user):
    with serving(*(f"maker/model-{number:05}" for number in range(10_000))) as server:
        saved = save_connection(user, fields(server))
    assert saved.model_count == 10_000
    page = page_of_models(user, saved.id, limit=100)
    assert [page.data[0].name, len(page.data)] == ["maker/model-00000", 100]
    following = page_of_models(user, saved.id, limit=100, cursor=page.next)
    assert following.data[0].name == "maker/model-00100"


def test_a_new_chat_begins_with_the_model_that_was_used_last(user, saved):
    assert menu_of(user).chosen == "grout:small"
    remember_assistant(user, "grout:large")
    assert menu_of(user).chosen == "grout:large"
    change_many(user, [ModelChange(saved.id, "large", is_shown=False)])
    assert menu_of(user).chosen == "grout:small"
    remember_assistant(user, "archivist")
    assert menu_of(user).chosen == "archivist"


def test_a_test_tells_what_came_back(user, server):
    outcome = check_entered(user, fields(server))
    assert (outcome.ok, outcome.models, outcome.model, outcome.answer, outcome.streamed) == (
        True,
        ("text-embedding", "small", "large"),
        "small",
        "Hello!",
        True,
    )
    assert list_connections(user) == []


def test_a_test_tells_what_was_refused_and_keeps_it(user, server):
    server.status, server.words = 401, "<b>User</b> not found."
    outcome = check_entered(user, fields(server))
    assert (outcome.ok, outcome.status) == (False, 401)
    saved = save_connection(user, fields(server))
    assert (saved.check.ok, saved.check.status) == (False, 401)
    server.status = 200
    assert check_stored(user, saved.id).ok
    assert list_connections(user)[0].check.ok


def test_no_transaction_is_open_while_a_server_is_asked(user, app):
    from webapp.database.engine import db

    held = []

    def answer(handler):
        held.append(db_pool.checkedout())
        handler.send(b'{"data": [{"id": "small"}]}') if handler.command == "GET" else streams(
            chunk("Hi"), chunk(finish="stop")
        )(handler)

    db_pool = db.engine.pool
    with running(answer) as provider:
        saved = save_connection(user, fields(provider.url))
        check_entered(user, fields(provider.url))
        refresh_models(user)
        accepts_after_look("grout:unknown")
        assert check_stored(ALICE, saved.id).ok
    leave_transaction()
    assert len(held) > 6
    assert set(held) == {0}


@pytest.mark.parametrize(("status", "place"), [(401, "key"), (302, "address"), (0, "address")])
def test_a_failure_names_the_page_and_not_the_environment(user, server, saved, status, place):
    def answer(handler):
        handler.send_response(status)
        handler.send_header("Location", "http://127.0.0.1:9/other")
        handler.end_headers()

    server.provider.answer = answer if status else lambda handler: handler.connection.close()
    refused = refresh_models(user)[saved.id]
    with pytest.raises(AssistantFailed) as failed:
        list(registry().pick("grout:small").reply([Utterance("user", "Hello")], timeout=5))
    for sentence in (refused, str(failed.value), check_stored(user, saved.id).problem):
        assert "OPENAI" not in sentence
    assert f"its {place} under Settings → Models" in str(failed.value)
