"""Who is let in no more has nothing written any more: what is there of it is kept, and the provider is let go."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from tests.support.accounts import ALICE
from tests.support.cast import chat, contents, ended, eventually, live_rows
from tests.support.people import HERE, account, aside
from tests.support.scripted_assistants import ask, fail, held, stop
from webapp.database.transaction import writing
from webapp.models import LiveTurn, table_of
from webapp.services.accounts.deletion import remove_account
from webapp.services.accounts.resets import reset_password
from webapp.services.accounts.status import set_disabled
from webapp.services.accounts.tokens import create_token, revoke_token, use_token
from webapp.services.live.process.pool import Runner
from webapp.services.live.values import Discarded
from webapp.state import current


@pytest.fixture
def bob(user):
    return account("bob")


def program(owner, name="notes"):
    """Return whom a fresh token acts for."""
    secret, token = create_token(owner, name)
    acting = use_token(secret, HERE.address)
    assert acting.token_id == token.id
    return acting


def disabled(acting):
    set_disabled(ALICE, acting.id, disabled=True)


def revoked(acting):
    revoke_token(acting, acting.token_id)


def given_a_new_password(acting):
    reset_password(ALICE, acting.id, acting.name, "quite another password", revoke_tokens=True)


HOW = [disabled, revoked, given_a_new_password]


@pytest.mark.parametrize("how", HOW)
def test_what_is_there_of_the_answer_is_kept_and_the_provider_let_go(app, bob, how):
    acting = program(bob)
    session = chat(bob, "One")
    with held("Grey ", "grout") as gate:
        live = ask(acting, "Two", session.id)
        gate.await_reply()
        stop = current(Runner, app).find(session.id).stop

        how(acting)

        turn = ended(bob, live).turn
        eventually(lambda: stop.is_requested)
    assert (turn.assistant.content, turn.assistant.finish_reason) == ("Grey grout", "stopped")
    assert contents(bob, session.id) == ["One", "Noted.", "Two", "Grey grout"]
    assert live_rows() == []


@pytest.mark.parametrize("how", HOW)
def test_so_it_is_where_another_process_writes_it(make_app, app, bob, how):
    acting = program(bob)
    other = make_app()
    with held("Grey") as gate:
        live = ask(acting, "Two")
        gate.await_reply()

        aside(other, lambda: how(acting))

        assert ended(bob, live).turn.assistant.content == "Grey"


@pytest.mark.parametrize("how", HOW)
def test_before_the_first_word_the_question_is_taken_back(bob, how):
    acting = program(bob)
    with held() as gate:
        live = ask(acting, "Two")
        gate.await_reply()

        how(acting)

        assert ended(bob, live) == Discarded()


def test_nobody_elses_answer_stops_nor_one_of_another_token_or_of_a_browser(bob):
    acting, other = program(bob), program(bob, "another")
    asking = [(other, bob), (bob, bob), (ALICE, ALICE), (program(ALICE), ALICE)]
    with held("Grey", rest=()) as gate:
        mine = ask(acting, "Mine")
        lives = [ask(who, "Other") for who, _ in asking]
        gate.await_reply()

        revoked(acting)

        assert ended(bob, mine).turn.assistant.content == "Grey"
        wanted = {row.session_id: row.stop_wanted for row in live_rows()}
        assert wanted == {live.session_id: False for live in lives}
        disabled(acting)
        eventually(lambda: {row.session_id for row in live_rows()} == {live.session_id for live in lives[2:]})
        for live, (_, owner) in zip(lives, asking, strict=True):
            stop(owner, live.session_id) if owner is ALICE else None


def test_a_retry_belongs_to_who_tries_again(bob):
    first, second = program(bob), program(bob, "another")
    failed = fail(first, "Two")
    with held("Grey") as gate:
        live = ask(second, None, failed.session_id)
        gate.await_reply()
        revoked(first)
        assert [row.stop_wanted for row in live_rows()] == [False]
        revoked(second)
        assert ended(bob, live).turn.assistant.content == "Grey"


def test_what_had_failed_already_stays_to_be_tried_again(bob):
    acting = program(bob)
    fail(acting, "Two")
    revoked(acting)
    (row,) = live_rows()
    assert (row.state, row.stop_wanted) == ("failed", False)


def test_a_removed_account_lets_its_provider_go(app, bob):
    with held("Grey") as gate:
        live = ask(bob, "Two")
        gate.await_reply()
        stop = current(Runner, app).find(live.session_id).stop

        remove_account(ALICE, bob.id)

        eventually(lambda: stop.is_requested)
    assert live_rows() == []


def test_rows_from_before_tokens_were_noted_are_stopped_with_their_account_alone(bob):
    acting = program(bob)
    with held("Grey") as gate:
        live = ask(acting, "Two")
        gate.await_reply()
        with writing() as connection:
            connection.execute(update(table_of(LiveTurn)).values(token_id=None))
        revoked(acting)
        assert [row.stop_wanted for row in live_rows()] == [False]
        disabled(acting)
        assert ended(bob, live).turn.assistant.content == "Grey"
