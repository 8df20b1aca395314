"""Accounts and their credentials: passwords, sign-ins, tokens, invitations, and the audit log."""
