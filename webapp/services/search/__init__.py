"""Full-text search over messages, and the retrieval for the archivist."""
