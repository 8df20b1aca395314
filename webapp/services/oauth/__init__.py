"""The app as an OAuth 2.1 authorization server. Authlib reads and answers requests; the rules and rows are here."""
