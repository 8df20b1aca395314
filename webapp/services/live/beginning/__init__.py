"""The actions that begin a live turn. A resolver places each one; `start` stores it and starts the writer."""
