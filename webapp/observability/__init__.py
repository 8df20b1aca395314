"""Observability: logs, request ids and descriptions of exceptions. They never contain content."""
