"""Accounts and what opens them: passwords, sign-ins, tokens, invitations, and the trail of their use."""
