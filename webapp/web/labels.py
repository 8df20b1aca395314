"""Sentences that the pages of accounts say by a short name."""

from __future__ import annotations

EVENTS = {
    "account-made": "The account was made",
    "account-disabled": "The account was disabled",
    "account-enabled": "The account was enabled again",
    "made-administrator": "The account was let administer",
    "no-administrator": "The account was kept from administering",
    "sign-in": "Signed in",
    "sign-in-failed": "Somebody gave a wrong password",
    "password-confirmed": "The password was confirmed",
    "sign-out": "Signed out a browser",
    "sign-out-everywhere": "Signed out everywhere",
    "password-changed": "The password was changed",
    "password-reset": "The password was set anew",
    "token-made": "Made a token",
    "token-revoked": "Revoked a token",
    "token-used": "A token was used",
    "invited": "Invited somebody",
    "reset-link-made": "Made a link for a new password",
    "invitation-withdrawn": "Withdrew an invitation",
    "chat-purged": "Deleted a chat for good",
}

DONE = {
    "password": "The password is changed. All other browsers are signed out.",
    "sign-in": "That browser is signed out.",
    "token": "The token is revoked.",
}
