"""The OpenAI-compatible API, `/v1`. It serves any OpenAI client and stores the chats."""
