"""Who asks is looked up with every request: along an index, however many sign-ins, tokens and events there are."""

from datetime import timedelta

import pytest
from sqlalchemy import insert

from tests.support.accounts import ALICE, SECRET, SIGN_IN_ID, TOKEN, TOKEN_ID
from tests.support.cast import analyze, plan, statements
from tests.support.people import account, rows
from webapp.database.transaction import writing
from webapp.ids import new_id
from webapp.models import ApiToken, AuditEvent, Invitation, SignIn, table_of
from webapp.services.accounts.audit_log import delete_old_events, has_recent_event, list_events
from webapp.services.accounts.invitations import find_invitation, invite
from webapp.services.accounts.sign_in_list import end_all_sign_ins, list_sign_ins
from webapp.services.accounts.sign_ins import find_sign_in
from webapp.services.accounts.status import disable_account
from webapp.services.accounts.tokens import list_tokens, use_token

#: What a plan says of a table that is read from one end to the other.
SCANS = [
    f"{word} {name}"
    for name in ("sign_ins", "api_tokens", "audit_events", "invitations")
    for word in ("SCAN", "Seq Scan on")
]


@pytest.fixture
def crowd(user):
    """Sixty accounts with ten sign-ins, ten tokens and sixty events each, and as many events of nobody's."""
    others = [account(f"user{n}") for n in range(60)]
    secret = invite(ALICE)
    patterns = (
        (SignIn, 10, next(row for row in rows(SignIn) if row.id == SIGN_IN_ID)),
        (ApiToken, 10, next(row for row in rows(ApiToken) if row.id == TOKEN_ID)),
        (AuditEvent, 60, rows(AuditEvent, ALICE)[0]),
        (Invitation, 10, rows(Invitation)[0]),
    )
    for model, count, pattern in patterns:
        rows_ = []
        for n in range(count):
            for owner in (*others, None) if model is AuditEvent else others:
                row = pattern._asdict() | {"id": new_id(), "user_id": owner and owner.id}
                rows_.append(row | ({"secret_hash": f"{n} {owner.id}"} if "secret_hash" in row else {}))
                rows_[-1] |= {"invited_by": owner.id} if model is Invitation else {}
        with writing() as connection:
            connection.execute(insert(table_of(model)), rows_)
    analyze()
    return others, secret


def told(act):
    """The plans of an action's statements, none of which reads a whole table."""
    with statements() as sent:
        act()
    plans = [plan(statement) for statement in sent]
    assert plans
    assert not [one for one in plans if any(scan in one for scan in SCANS)]
    return plans


def write(act):
    with writing() as connection:
        return act(connection)


def test_who_asks_is_one_query_by_a_unique_key(crowd, engine_name):
    (cookie,) = told(lambda: find_sign_in(SECRET, "127.0.0.1"))
    (token,) = told(lambda: use_token(TOKEN, "127.0.0.1"))
    (link,) = told(lambda: find_invitation(crowd[1]))

    for one, name in ((cookie, "sign_ins"), (token, "api_tokens"), (link, "invitations")):
        assert f"sqlite_autoindex_{name}" in one if engine_name == "sqlite" else f"uq_{name}_secret_hash" in one


def test_what_is_ones_own_is_found_along_an_index(crowd):
    owner = crowd[0][7]

    assert "ix_sign_ins_user_id" in told(lambda: list_sign_ins(owner))[0]
    assert "ix_api_tokens_user_id" in told(lambda: list_tokens(owner))[0]
    for cursor in (None, list_events(owner, limit=10).next):
        (page,) = told(lambda: list_events(owner, limit=10, cursor=cursor))  # noqa: B023
        assert "ix_audit_events_user_id_id" in page
        assert "TEMP B-TREE" not in page and "Sort" not in page
    told(lambda: has_recent_event(owner, "test", timedelta(hours=1)))
    for one in (owner.id, None):
        told(lambda: write(lambda connection: delete_old_events(connection, one)))  # noqa: B023
    told(lambda: end_all_sign_ins(owner))
    told(lambda: disable_account(ALICE, owner.id))
