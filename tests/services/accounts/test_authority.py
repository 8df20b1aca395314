"""Whoever may not administer is refused by the service itself, whatever door it was that let them through."""

import pytest

from tests.support.accounts import ALICE
from tests.support.people import account, rows
from webapp.errors import Forbidden
from webapp.models import ApiToken, AuditEvent, Invitation, SignIn, User
from webapp.services.accounts.accounts import list_accounts
from webapp.services.accounts.deletion import remove_account
from webapp.services.accounts.invitations import invite, list_invitations, withdraw_invitation
from webapp.services.accounts.resets import reset_password
from webapp.services.accounts.status import disable_account, enable_account, set_admin, set_disabled

#: What only an administrator may do, to another account or to one's own.
ACTS = {
    "set_admin": lambda user, other: set_admin(user, other.id, is_admin=True),
    "set_admin, undone": lambda user, other: set_admin(user, other.id, is_admin=False),
    "set_disabled": lambda user, other: set_disabled(user, other.id, disabled=True),
    "set_disabled, undone": lambda user, other: set_disabled(user, other.id, disabled=False),
    "disable_account": lambda user, other: disable_account(user, other.id),
    "enable_account": lambda user, other: enable_account(user, other.id),
    "reset_password": lambda user, other: reset_password(user, other.id, other.name, "forty-two red doors"),
    "remove_account": lambda user, other: remove_account(user, other.id),
    "invite": lambda user, _other: invite(user),
    "invite an administrator": lambda user, _other: invite(user, is_admin=True),
    "invite to a new password": lambda user, other: invite(user, account_id=other.id),
    "list_invitations": lambda user, _other: list_invitations(user),
    "withdraw_invitation": lambda user, _other: withdraw_invitation(user, rows(Invitation)[0].id),
    "list_accounts": lambda user, _other: list_accounts(user),
}


@pytest.mark.parametrize("is_own", [False, True], ids=["of another", "of one's own"])
@pytest.mark.parametrize("name", ACTS)
def test_who_does_not_administer_is_refused_and_changes_nothing(user, name, is_own):
    bob, carol = account("bob"), account("carol")
    invite(ALICE)
    tables = (User, Invitation, SignIn, ApiToken, AuditEvent)
    before = [rows(table) for table in tables]

    with pytest.raises(Forbidden):
        ACTS[name](bob, bob if is_own else carol)

    assert [rows(table) for table in tables] == before
