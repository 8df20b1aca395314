"""Chat sessions: create, change, list, fork, archive and delete them."""
