"""Programs that accounts are connected with by OAuth: clients, grants, and the tokens of a grant."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, Boolean, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.database.types import Id, Instant
from webapp.models.base import Model


class OAuthClient(Model):
    """A program that may ask for access: it registered itself, or its id is the URL of a document that describes it.

    Nothing of it is verified but its redirect URIs, by where they lead.
    """

    __tablename__ = "oauth_clients"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    client_id: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    redirect_uris: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(Instant, index=True)
    # When its document was read. None for a registered client.
    fetched_at: Mapped[datetime | None] = mapped_column(Instant)


class OAuthGrant(Model):
    """What a user allowed a client. It begins with a code, and its tokens end with it."""

    __tablename__ = "oauth_grants"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("users.id", ondelete="CASCADE"), index=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("oauth_clients.id", ondelete="CASCADE"), index=True)
    may_write: Mapped[bool] = mapped_column(Boolean)
    # The URL that the tokens are for (RFC 8707).
    resource: Mapped[str] = mapped_column(Text)
    redirect_uri: Mapped[str] = mapped_column(Text)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    code_challenge: Mapped[str] = mapped_column(String(128))
    # None until the code was exchanged for tokens.
    redeemed_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    # Of the code, then of the last refresh token.
    expires_at: Mapped[datetime] = mapped_column(Instant)
    # Updated at most every few minutes, not on every request.
    used_at: Mapped[datetime | None] = mapped_column(Instant)
    used_from: Mapped[str | None] = mapped_column(String(45))


class OAuthToken(Model):
    """An access token or a refresh token of a grant. Only its hash is stored."""

    __tablename__ = "oauth_tokens"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    grant_id: Mapped[str] = mapped_column(Id, ForeignKey("oauth_grants.id", ondelete="CASCADE"), index=True)
    is_refresh: Mapped[bool] = mapped_column(Boolean)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    may_write: Mapped[bool] = mapped_column(Boolean)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    # When a refresh token was exchanged for the next one. It is kept, so that its reuse is noticed.
    replaced_at: Mapped[datetime | None] = mapped_column(Instant)
