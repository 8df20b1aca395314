"""The OpenAI-compatible door, `/v1`: any OpenAI client is answered, and its chat is kept."""
