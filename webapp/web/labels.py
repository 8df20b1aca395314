"""Sentences of the account pages, by event kind and by the `done` parameter of the URL."""

from __future__ import annotations

EVENT_LABELS = {
    "account-made": "Account created",
    "account-disabled": "Account disabled",
    "account-enabled": "Account enabled",
    "made-administrator": "Made an administrator",
    "no-administrator": "No longer an administrator",
    "sign-in": "Signed in",
    "sign-in-failed": "Sign-in with a wrong password",
    "password-confirmed": "Password confirmed",
    "sign-out": "Signed out a browser",
    "sign-out-everywhere": "Signed out everywhere",
    "password-changed": "Password changed",
    "password-reset": "Password reset",
    "token-made": "Token created",
    "token-revoked": "Token revoked",
    "token-used": "Token used",
    "app-connected": "App connected",
    "app-disconnected": "App disconnected",
    "app-used": "App used",
    "app-code-reused": "App disconnected: its code was used twice",
    "app-token-reused": "App disconnected: an old token was used again",
    "invited": "Invitation created",
    "reset-link-made": "Password reset link created",
    "invitation-withdrawn": "Invitation withdrawn",
    "connection-added": "Connection to models added",
    "connection-changed": "Connection to models changed",
    "connection-removed": "Connection to models removed",
    "exported": "All data downloaded",
    "restored": "Data of an export restored",
    "chat-purged": "Chat deleted permanently",
    "message-struck": "Text of a message removed",
    "instructions-struck": "Text of instructions removed",
}

NOTICES = {
    "password": "The password is changed. All other browsers are signed out.",
    "sign-in": "That browser is signed out.",
    "token": "The token is revoked.",
    "app": "The app is disconnected.",
}
