"""The parts of every JSON route: validation, responses, conditions, idempotency keys and the OpenAPI document."""
