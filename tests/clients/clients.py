"""The clients: how each is installed and run. Their programs are in `programs/`."""

from __future__ import annotations

from typing import NamedTuple

PYTHON, NODE, SHELL = "python", "node", "shell"
COMPLETIONS, RESPONSES = "/v1/chat/completions", "/v1/responses"


class Client(NamedTuple):
    """A client. `packages` are installed by pip or npm; the first one's version is shown."""

    name: str
    kind: str
    program: str
    packages: tuple[str, ...]
    address: str = COMPLETIONS


CLIENTS = (
    Client("openai for Python", PYTHON, "openai_chat.py", ("openai",)),
    Client("openai for Python, responses", PYTHON, "openai_responses.py", ("openai",), RESPONSES),
    Client("OpenAI Agents SDK", PYTHON, "agents_sdk.py", ("openai-agents",), RESPONSES),
    Client("LangChain for Python", PYTHON, "langchain_openai_chat.py", ("langchain-openai",)),
    Client("LiteLLM", PYTHON, "litellm_chat.py", ("litellm",)),
    Client("Pydantic AI", PYTHON, "pydantic_ai_chat.py", ("pydantic-ai-slim[openai]",)),
    Client("openai for JavaScript", NODE, "openai_chat.mjs", ("openai",)),
    Client("openai for JavaScript, responses", NODE, "openai_responses.mjs", ("openai",), RESPONSES),
    Client("AI SDK, openai", NODE, "ai_sdk_responses.mjs", ("@ai-sdk/openai", "ai"), RESPONSES),
    Client("AI SDK, openai.chat", NODE, "ai_sdk_chat.mjs", ("@ai-sdk/openai", "ai")),
    Client("AI SDK, openai-compatible", NODE, "ai_sdk_compatible.mjs", ("@ai-sdk/openai-compatible", "ai")),
    Client("LangChain for JavaScript", NODE, "langchain_chat.mjs", ("@langchain/openai", "@langchain/core")),
    Client("llm (command line)", SHELL, "llm.sh", ("llm",)),
    Client("ShellGPT (command line)", SHELL, "shell_gpt.sh", ("shell-gpt", "click")),
    Client("curl", SHELL, "curl.sh", ()),
)
