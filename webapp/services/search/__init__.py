"""Search over messages, and the retrieval that the archivist answers from."""
